// Reads orders from data/orders.csv, adds up what each customer spent, and looks for the best discount.
// Set a breakpoint in add_order, press F5, and look at `customer` and `order`.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef enum { BRONZE, SILVER, GOLD } Level;

typedef struct {
  char name[16];
  double spent;
  int orders;
  Level level;
} Customer;

typedef struct {
  int id;
  const char *item;
  double price;
  struct {
    unsigned gift : 1;
    unsigned priority : 3;
  } flags;
  Customer *customer;
} Order;

static Customer customers[8];
static int customer_count = 0;

static Customer *find_customer(const char *name) {
  for (int i = 0; i < customer_count; i++) {
    if (strcmp(customers[i].name, name) == 0) return &customers[i];
  }
  Customer *added = &customers[customer_count++];
  snprintf(added->name, sizeof added->name, "%s", name);
  return added;
}

static void add_order(const Order *order) {
  Customer *customer = order->customer;
  customer->spent += order->price; // @bp add
  customer->orders++;
  if (customer->spent > 100) customer->level = GOLD;
  else if (customer->spent > 50) customer->level = SILVER;
  printf("order %d: %s buys %s for %.2f\n", order->id, customer->name, order->item, order->price);
}

// Tries every split of a sum into steps: slow on purpose, so that there is something to watch.
static long splits(int sum, int largest) {
  if (sum == 0) return 1;
  long count = 0;
  for (int step = 1; step <= largest && step <= sum; step++) {
    count += splits(sum - step, step);
  }
  return count;
}

static int read_orders(const char *path) {
  FILE *file = fopen(path, "r");
  if (!file) {
    perror(path);
    return 0;
  }
  char line[80];
  int id = 0;
  while (fgets(line, sizeof line, file)) {
    char *name = strtok(line, ",\n");
    char *item = strtok(NULL, ",\n");
    char *price = strtok(NULL, ",\n");
    if (!name || !item || !price) continue;
    Order order = {.id = ++id, .item = item, .price = atof(price), .customer = find_customer(name)};
    order.flags.gift = id % 2;
    order.flags.priority = id % 8;
    add_order(&order);
  }
  fclose(file);
  return id;
}

int main(int argc, char **argv) {
  int orders = read_orders(argc > 1 ? argv[1] : "data/orders.csv");
  printf("%d orders from %d customers\n", orders, customer_count);

  // Not granted by sandbox.json: the sandbox refuses, and the panel shows this line.
  FILE *secret = fopen("/etc/passwd", "r"); // @bp secret
  printf("/etc/passwd is %s\n", secret ? "readable" : "out of reach");

  long best = 0;
  for (int round = 1; round <= 6; round++) {
    best += splits(66 + round, 20); // @bp round
    printf("round %d: %ld\n", round, best);
  }
  return 0;
}
