import { describe, expect, it } from 'vitest';
import { readStatement } from '../../src/management/sql/statement.js';

const translated = (statement: string): string => {
  const read = readStatement(statement);
  return 'sql' in read ? read.sql.replaceAll(/\s+/g, ' ').trim() : `${read.fault.code} ${read.fault.message}`;
};

describe('a statement of Informix', () => {
  it.each([
    ['select first 5 name from device', 'select name from device limit 5'],
    ['SELECT SKIP 10 FIRST 5 name FROM device', 'SELECT name FROM device limit 5 offset 10'],
    ['select limit 3 name from device', 'select name from device limit 3'],
    ['select name from device skip 4 limit 2', 'select name from device limit 2 offset 4'],
    ['select skip 4 name from device', 'select name from device limit -1 offset 4'],
    ['select first 1 a.x from (select first 2 x from y) a', 'select a . x from ( select x from y limit 2) a limit 1'],
    ['select name as first from device', 'select name as first from device'],
    ["select name from device where name matches '*[0-9]'", "select name from device where name glob '*[0-9]'"],
    ["select a from b where c not matches 'x*'", "select a from b where c not glob 'x*'"],
    ["select trim(trailing 'X' from c) from d", "select rtrim( c , 'X') from d"],
    ['select trim(leading from c) from d', 'select ltrim( c ) from d'],
    ['select trim(c) from d', 'select trim ( c ) from d'],
    ["select dbinfo('utc_to_datetime', lastseen) l from r", "select datetime( lastseen , 'unixepoch') l from r"],
    ['select nvl(a, b) from d', 'select ifnull ( a , b ) from d'],
    ['select unique a from d', 'select distinct a from d'],
    ['select a from d where b = t', "select a from d where b = 't'"],
    ['select t.a from t where f != f', "select t . a from t where f != 'f'"],
    ['select d.a from d, t where d.a = t.b', 'select d . a from d , t where d . a = t . b'],
    ['select a -- all of them\nfrom b /* as it is */ {really};', 'select a from b'],
    ['select a from b;', 'select a from b'],
    ["select 'it''s -- one; text' from b", "select 'it''s -- one; text' from b"],
  ])('%s', (written, expected) => {
    expect(translated(written)).toBe(expected);
  });

  const SYNTAX = '-201 A syntax error has occurred.';
  it.each([
    ['nothing', ''],
    ['two statements', 'select 1; select 2'],
    ['a statement that changes something', "update device set name = 'x'"],
    ['a procedure', "execute procedure dbreaddevicexml('x')"],
    ['WITH', 'with a as (select 1) select * from a'],
    ['PRAGMA', 'pragma table_list'],
    ['ATTACH', "attach 'x' as y"],
    ['a text without an end', "select 'x from device"],
    ['a comment without an end', 'select 1 /* x'],
    ['a bracket without an end', 'select (1'],
    ['a bracket without a begin', 'select 1)'],
    ['names in square brackets', 'select * from [device]'],
    ['a binary zero', 'select 1 \0'],
    ['a megabyte', `select ${'('.repeat(1_000_000)}`],
  ])('is refused: %s', (_title, written) => {
    expect(translated(written)).toBe(SYNTAX);
  });

  it.each(['sqlite_master', '"sqlite_master"', 'PRAGMA_database_list', 'Sqlite_Schema'])('has no table %s', (name) => {
    expect(translated(`select * from ${name}`)).toBe(
      `-206 The specified table (${name.replaceAll('"', '')}) is not in the database.`,
    );
  });

  it.each([
    ['comments that are not closed', '/*'.repeat(30_000)],
    ['quotes', "'".repeat(60_001)],
    ['selects', 'select '.repeat(9_000)],
    ['brackets', `select ${'('.repeat(60_000)}`],
  ])('of 64 KiB of %s is read at once', (_title, written) => {
    expect(translated(written)).toBeTypeOf('string');
  });
});
