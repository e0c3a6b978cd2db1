// The page as it was built into `dist/web`.

import { readdirSync, readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';

const FOLDER = 'dist/web';
const MOST_OCTETS = 40 * 1024;

const files = readdirSync(FOLDER);
const index = readFileSync(`${FOLDER}/index.html`, 'utf8');

describe('the built page', () => {
  it('has one script and one style, which are at most 40 KiB in gzip', () => {
    const sent = files.filter((file) => file !== 'index.html');
    expect(sent).toEqual([expect.stringMatching(/^app-\w+\.js$/), expect.stringMatching(/^style-\w+\.css$/)]);
    const octets = sent.reduce((sum, file) => sum + gzipSync(readFileSync(`${FOLDER}/${file}`)).length, 0);
    expect(octets).toBeGreaterThan(5_000);
    expect(octets).toBeLessThanOrEqual(MOST_OCTETS);
  });

  it('names both, and has neither a script nor a style in its text', () => {
    for (const file of files.filter((name) => name !== 'index.html')) expect(index).toContain(`"/${file}"`);
    expect(index).not.toMatch(/<script(?![^>]* src=)|<style|\sstyle=|\son\w+=/i);
  });

  it('loads nothing from elsewhere', () => {
    for (const file of files.filter((name) => name !== 'app.js')) {
      const text = readFileSync(`${FOLDER}/${file}`, 'utf8').replaceAll(/http:\/\/www\.w3\.org\/[\w/]+/g, '');
      expect(text.match(/https?:\/\/[^\s"'`)]+/g) ?? []).toEqual([]);
    }
  });
});

it('no source of the page writes markup or runs text', () => {
  const sources = readdirSync('src/web').filter((file) => /\.tsx?$/.test(file));
  expect(sources.length).toBeGreaterThan(10);
  for (const file of sources)
    expect(readFileSync(`src/web/${file}`, 'utf8')).not.toMatch(
      /innerHTML|outerHTML|insertAdjacentHTML|document\.write|srcdoc|\beval\b|new Function|createContextualFragment/i,
    );
});
