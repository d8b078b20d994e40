/**
 * The permutation that sorts `values` ascending, NaN last, as NumPy's scalar introsort finds it. The
 * sort is not stable: among equal values the order is that of the algorithm (Musser, Introspective
 * sorting and selection algorithms, 1997), and seeded results depend on it.
 */
export function argsort(values: ArrayLike<number>): Int32Array {
  const order = Int32Array.from({ length: values.length }, (_, i) => i);
  const less = (a: number, b: number): boolean => {
    const x = values[a]!;
    const y = values[b]!;
    return x < y || (Number.isNaN(y) && !Number.isNaN(x));
  };
  quicksort(order, less);
  return order;
}

type Less = (a: number, b: number) => boolean;

/** Runs of at most this many elements more than one are sorted by insertion. */
const smallRun = 15;

interface Run {
  left: number;
  right: number;
  /** How many more partitions may follow before heapsort takes over. */
  depth: number;
}

function quicksort(order: Int32Array, less: Less): void {
  if (order.length < 2) return;
  const pending: Run[] = [
    { left: 0, right: order.length - 1, depth: 2 * Math.floor(Math.log2(order.length)) },
  ];
  for (let run = pending.pop(); run !== undefined; run = pending.pop()) {
    let { left, right, depth } = run;
    if (depth < 0) {
      heapsort(order.subarray(left, right + 1), less);
      continue;
    }
    while (right - left > smallRun) {
      const middle = partition(order, left, right, less);
      depth -= 1;
      if (middle - left < right - middle) {
        pending.push({ left: middle + 1, right, depth });
        right = middle - 1;
      } else {
        pending.push({ left, right: middle - 1, depth });
        left = middle + 1;
      }
    }
    insertionSort(order, left, right, less);
  }
}

/** Hoare's partition around the median of the first, middle and last; returns where it ended up. */
function partition(order: Int32Array, left: number, right: number, less: Less): number {
  const middle = left + ((right - left) >> 1);
  if (less(order[middle]!, order[left]!)) swap(order, middle, left);
  if (less(order[right]!, order[middle]!)) swap(order, right, middle);
  if (less(order[middle]!, order[left]!)) swap(order, middle, left);
  const pivot = order[middle]!;
  let i = left;
  let j = right - 1;
  swap(order, middle, j);
  for (;;) {
    do i += 1;
    while (less(order[i]!, pivot));
    do j -= 1;
    while (less(pivot, order[j]!));
    if (i >= j) break;
    swap(order, i, j);
  }
  swap(order, i, right - 1);
  return i;
}

function insertionSort(order: Int32Array, left: number, right: number, less: Less): void {
  for (let i = left + 1; i <= right; i += 1) {
    const moved = order[i]!;
    let j = i;
    for (; j > left && less(moved, order[j - 1]!); j -= 1) order[j] = order[j - 1]!;
    order[j] = moved;
  }
}

function heapsort(order: Int32Array, less: Less): void {
  const sink = (moved: number, from: number, size: number): void => {
    let parent = from;
    for (let child = 2 * parent + 1; child < size; child = 2 * parent + 1) {
      if (child + 1 < size && less(order[child]!, order[child + 1]!)) child += 1;
      if (!less(moved, order[child]!)) break;
      order[parent] = order[child]!;
      parent = child;
    }
    order[parent] = moved;
  };
  for (let i = (order.length >> 1) - 1; i >= 0; i -= 1) sink(order[i]!, i, order.length);
  for (let last = order.length - 1; last > 0; last -= 1) {
    const moved = order[last]!;
    order[last] = order[0]!;
    sink(moved, 0, last);
  }
}

function swap(order: Int32Array, i: number, j: number): void {
  const held = order[i]!;
  order[i] = order[j]!;
  order[j] = held;
}
