import { expect, test } from "vitest";
import { SliceSize } from "../../src/vrrp/slice-size.ts";

test("a slice stays at three milliseconds while addresses grow dearer, and grows again with cheap ones", () => {
  const size = new SliceSize();
  expect(size.value).toBe(128);
  const taken: number[] = [];
  for (let done = 0; done < 4_000; done += size.value) {
    const us = size.value * (4 + done / 50); // 4 to 84 microseconds an address
    taken.push(us);
    size.took(us);
  }
  expect(Math.max(...taken)).toBeLessThan(4_500);
  expect(size.value).toBeGreaterThanOrEqual(32);
  expect(size.value).toBeLessThanOrEqual(40);
  for (let i = 0; i < 3; i++) size.took(10);
  expect(size.value).toBe(128);
});

test("a stall of the whole process halves it and no more; it never ends below 16; a clock that stands still changes nothing", () => {
  const size = new SliceSize();
  size.took(0);
  expect(size.value).toBe(128);
  size.took(9_000_000);
  expect(size.value).toBe(64);
  for (let i = 0; i < 10; i++) size.took(9_000_000);
  expect(size.value).toBe(16);
});
