/** Of sorted values; 0 where there are none. `part`: 0.99 for the 99th percentile. */
export const quantile = (sorted, part) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
