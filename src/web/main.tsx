// The page at `/` of the API's address. It imports of the daemon only the types of what the API answers.

import { render } from 'preact';
import { App } from './app.js';
import { FleetStore } from './fleet-store.js';
import { escapeEveryText } from './safe-text.js';

escapeEveryText();
const fleet = new FleetStore();
fleet.start();
const root = document.getElementById('page');
if (root !== null) render(<App fleet={fleet} />, root);
