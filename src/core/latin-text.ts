// Text for phones that have only Latin-1: other letters are written as people write them in Latin script.

/** Small letters and signs with their Latin spelling; capitals are derived. What Unicode decomposes is not in here. */
const TRANSLITERATIONS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    // Cyrillic, as passports have it
    ...letters('а a б b в v г g д d е e ё yo ж zh з z и i й y к k л l м m н n о o п p р r с s т t у u ф f х kh ц ts'),
    ...letters('ч ch ш sh щ shch ы y э e ю yu я ya і i ї yi є ye ґ g ў u ђ dj ј j љ lj њ nj ћ c џ dz ѕ dz'),
    ъ: '',
    ь: '',
    // Greek
    ...letters(
      'α a β v γ g δ d ε e ζ z η i θ th ι i κ k λ l μ m ν n ξ x ο o π p ρ r σ s ς s τ t υ y φ f χ ch ψ ps ω o',
    ),
    // Latin beyond Latin-1
    ...letters('đ d ħ h ı i ł l ŋ n œ oe ŧ t ĸ k'),
    ẞ: 'SS',
    // signs
    '€': 'EUR',
    '–': '-',
    '—': '-',
    '‐': '-',
    '‑': '-',
    '−': '-',
    '‘': "'",
    '’': "'",
    '‚': "'",
    '“': '"',
    '”': '"',
    '„': '"',
    '‹': '<',
    '›': '>',
    '•': '*',
    '→': '>',
    '←': '<',
  }),
);

function letters(pairs: string): Readonly<Record<string, string>> {
  const items = pairs.split(' ');
  return Object.fromEntries(
    items.flatMap((letter, index) => (index % 2 === 0 ? [[letter, items[index + 1] ?? '']] : [])),
  );
}

const LAST = 0xff;

/** Whether every character is in Latin-1. */
export const isLatin1 = (text: string): boolean => {
  for (let index = 0; index < text.length; index += 1) if (text.charCodeAt(index) > LAST) return false;
  return true;
};

/**
 * The text in Latin-1. Other letters are transliterated, other accents dropped; `?` stands for what has no Latin
 * letters.
 */
export const toLatin1 = (text: string): string =>
  isLatin1(text) ? text : [...text.normalize('NFC')].map(latinOf).join('');

const latinOf = (character: string): string => {
  if (isLatin1(character)) return character;
  const written = TRANSLITERATIONS.get(character);
  if (written !== undefined) return written;
  const small = character.toLowerCase();
  const capital = small === character ? undefined : TRANSLITERATIONS.get(small);
  if (capital !== undefined) return capital.slice(0, 1).toUpperCase() + capital.slice(1);
  // Unicode decomposes a letter into itself and its accents, and a sign into its letters.
  const parts = character.normalize('NFKD').replace(/\p{M}/gu, '');
  return parts === character ? '?' : [...parts].map(latinOf).join('');
};
