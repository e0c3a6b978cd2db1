// Runs ahead of each test file.

import { openKeyStock } from './support/key-stock.js';

openKeyStock();
