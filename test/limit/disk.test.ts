import { describeShortage, isShort } from '../../src/limit/disk';

const MIB = 1024 * 1024;

test('a disk is short of room below what is needed, not at it', () => {
  expect(isShort({ freeBytes: 99, neededBytes: 100 })).toBe(true);
  expect(isShort({ freeBytes: 100, neededBytes: 100 })).toBe(false);
});

test('what is short is told in mebibytes, rounded down so that it never looks like enough', () => {
  expect(describeShortage({ freeBytes: 7.99 * MIB, neededBytes: 8 * MIB })).toBe(
    'the disk of the store has 7.9 MiB left, 8 MiB are needed: no platform is called until it has',
  );
});
