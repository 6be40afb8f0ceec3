// A small inventory in AssemblyScript: classes, strings, arrays and maps. Set a breakpoint in Inventory.add and press F5.
import { errno, fd_close, lookupflags, path_open, rights } from "bindings/wasi_snapshot_preview1";

class Item {
  constructor(
    public name: string,
    public price: f64,
    public count: i32,
  ) {}

  value(): f64 {
    return this.price * <f64>this.count;
  }
}

class Perishable extends Item {
  constructor(
    name: string,
    price: f64,
    count: i32,
    public daysLeft: i32,
  ) {
    super(name, price, count);
  }

  value(): f64 {
    return this.daysLeft > 0 ? super.value() : 0;
  }
}

class Inventory {
  items: Item[] = [];
  index: Map<string, i32> = new Map();

  add(item: Item): void {
    const position = this.items.length;
    this.items.push(item); // @bp add
    this.index.set(item.name, position);
  }

  total(): f64 {
    let sum: f64 = 0;
    for (let i = 0; i < this.items.length; i++) {
      const item = this.items[i];
      sum += item.value(); // @bp sum
    }
    return sum;
  }
}

function primes(limit: i32): i32 {
  const composite = new Uint8Array(limit + 1);
  let found = 0;
  for (let n = 2; n <= limit; n++) {
    if (composite[n]) continue;
    found++;
    for (let m = n * 2; m <= limit; m += n) composite[m] = 1;
  }
  return found;
}

// Whether a file can be opened for reading: 3 is the folder that every program of the sandbox is given.
function canOpen(path: string): bool {
  const name = String.UTF8.encode(path);
  const opened = memory.data(4);
  const result = path_open(3, lookupflags.SYMLINK_FOLLOW, changetype<usize>(name), name.byteLength, 0, rights.FD_READ, 0, 0, opened);
  if (result != errno.SUCCESS) return false;
  fd_close(load<u32>(opened));
  return true;
}

export function add(a: i32, b: i32): i32 {
  const sum = a + b; // @bp export
  return sum;
}

function main(): void {
  const inventory = new Inventory();
  inventory.add(new Item("lamp", 49.9, 3));
  inventory.add(new Item("notebook", 12.5, 20));
  inventory.add(new Perishable("milk", 1.2, 12, 4));
  inventory.add(new Perishable("bread", 3.4, 5, 0));
  console.log("total " + inventory.total().toString());
  console.log("milk is at " + inventory.index.get("milk").toString());
  // Not granted by sandbox.json: the sandbox refuses, and the panel shows the line in canOpen.
  console.log("prices.csv is " + (canOpen("prices.csv") ? "readable" : "out of reach"));
  let found = 0;
  for (let round = 1; round <= 20; round++) found += primes(200_000);
  console.log("primes " + found.toString());
}

main();
