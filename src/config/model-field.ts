// A row of the model table, by its name or number.

import { findModel, MODELS, type Model } from '../devices/index.js';
import { field } from './fields.js';
import { FORM, type Form } from './forms.js';

/** The names that an editor offers; the others are texts. */
const OFFERED: Form = { enum: MODELS.map(({ name, aliases: [short = name] }) => short) };

export const model = () =>
  field<Model, string | number>(
    'a model by name or type id, such as CIPC, 7962 or 30016',
    { anyOf: [OFFERED, FORM.text] },
    (value) => (typeof value === 'string' || typeof value === 'number' ? findModel(String(value)) : undefined),
  );
