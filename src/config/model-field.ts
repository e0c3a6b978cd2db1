// A row of the model table, by its name or number.

import { findModel, type Model } from '../devices/index.js';
import { field } from './fields.js';

export const model = () =>
  field<Model, string | number>('a model by name or type id, such as CIPC, 7962 or 30016', (value) =>
    typeof value === 'string' || typeof value === 'number' ? findModel(String(value)) : undefined,
  );
