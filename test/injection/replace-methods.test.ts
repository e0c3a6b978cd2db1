import { expect, it } from 'vitest';
import { replaceMethods } from '../../src/injection/seams/replace-methods.js';

class Phone {
  rings(): string {
    return 'loudly';
  }

  speaks = (): string => 'clearly';
}

it('puts methods of the class and of the object back as they were', () => {
  const phone = new Phone();
  const { speaks } = phone;
  const restore = replaceMethods(phone, { rings: () => 'never', speaks: () => 'to nobody' });
  expect([phone.rings(), phone.speaks()]).toEqual(['never', 'to nobody']);
  restore();
  expect([phone.rings(), phone.speaks()]).toEqual(['loudly', 'clearly']);
  expect(phone.speaks).toBe(speaks);
  expect(Object.keys(phone)).toEqual(['speaks']);
});
