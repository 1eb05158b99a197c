// The order of many numbers that keep their places: a hundred thousand of them as one array of numbers, without a call for
// each comparison. Equal ones stay in the order of their places. Pure.

/** Places in ascending order of these numbers, which are not negative. */
export function orderNumbers(numbers: Float64Array): Float64Array {
  const size = numbers.length;
  let [least, most] = [Number.POSITIVE_INFINITY, 0];
  let [isWhole, isSeconds] = [true, true];
  for (let at = 0; at < size; at++) {
    const number = numbers[at]!;
    if (number < least) least = number;
    if (number > most) most = number;
    if (number % 1000 !== 0) {
      isSeconds = false;
      isWhole &&= number % 1 === 0;
    }
  }
  // Milliseconds are whole seconds as often as not.
  const unit = isSeconds ? 1000 : 1;
  const order = new Float64Array(size);
  if (isWhole && ((most - least) / unit + 1) * size <= Number.MAX_SAFE_INTEGER) {
    for (let at = 0; at < size; at++) order[at] = ((numbers[at]! - least) / unit) * size + at;
    order.sort();
    for (let at = 0; at < size; at++) order[at] = order[at]! % size;
  } else {
    for (let at = 0; at < size; at++) order[at] = at;
    order.sort((a, b) => numbers[a]! - numbers[b]! || a - b);
  }
  return order;
}
