// Five kernels of different character: calls, byte stores, floating point, integer arithmetic, and array walks.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define EXPORT(name) __attribute__((export_name(#name)))

static int fibonacci(int n) {
  if (n < 2)
    return n;
  return fibonacci(n - 1) + fibonacci(n - 2);
}

EXPORT(fib) int fib(int n) { return fibonacci(n); }

EXPORT(sieve) int sieve(int limit) {
  char *prime = malloc(limit + 1);
  memset(prime, 1, limit + 1);
  int count = 0;
  for (int i = 2; i <= limit; i++) {
    if (prime[i]) {
      count++;
      for (int multiple = i + i; multiple <= limit; multiple += i)
        prime[multiple] = 0;
    }
  }
  free(prime);
  return count;
}

typedef struct {
  double x, y, z, vx, vy, vz, mass;
} Body;

EXPORT(nbody) double nbody(int steps) {
  Body bodies[5];
  for (int i = 0; i < 5; i++) {
    bodies[i].x = i * 1.5;
    bodies[i].y = i * 0.7 + 1;
    bodies[i].z = i * 0.1;
    bodies[i].vx = 0.01 * i;
    bodies[i].vy = 0.02;
    bodies[i].vz = 0;
    bodies[i].mass = 1 + i;
  }
  for (int step = 0; step < steps; step++) {
    for (int i = 0; i < 5; i++)
      for (int j = i + 1; j < 5; j++) {
        double dx = bodies[i].x - bodies[j].x;
        double dy = bodies[i].y - bodies[j].y;
        double dz = bodies[i].z - bodies[j].z;
        double distance2 = dx * dx + dy * dy + dz * dz + 0.01;
        double magnitude = 0.001 / (distance2 * __builtin_sqrt(distance2));
        bodies[i].vx -= dx * bodies[j].mass * magnitude;
        bodies[i].vy -= dy * bodies[j].mass * magnitude;
        bodies[i].vz -= dz * bodies[j].mass * magnitude;
        bodies[j].vx += dx * bodies[i].mass * magnitude;
        bodies[j].vy += dy * bodies[i].mass * magnitude;
        bodies[j].vz += dz * bodies[i].mass * magnitude;
      }
    for (int i = 0; i < 5; i++) {
      bodies[i].x += 0.001 * bodies[i].vx;
      bodies[i].y += 0.001 * bodies[i].vy;
      bodies[i].z += 0.001 * bodies[i].vz;
    }
  }
  double sum = 0;
  for (int i = 0; i < 5; i++)
    sum += bodies[i].x;
  return sum;
}

EXPORT(hash) uint32_t hash(int rounds) {
  uint32_t h = 2166136261u;
  for (int i = 0; i < rounds; i++) {
    h ^= (uint32_t)i & 0xff;
    h *= 16777619u;
    h ^= h >> 13;
  }
  return h;
}

EXPORT(matmul) double matmul(int n) {
  double *a = malloc(n * n * sizeof(double));
  double *b = malloc(n * n * sizeof(double));
  double *c = malloc(n * n * sizeof(double));
  for (int i = 0; i < n * n; i++) {
    a[i] = i % 7;
    b[i] = i % 5;
    c[i] = 0;
  }
  for (int i = 0; i < n; i++)
    for (int j = 0; j < n; j++) {
      double sum = 0;
      for (int k = 0; k < n; k++)
        sum += a[i * n + k] * b[k * n + j];
      c[i * n + j] = sum;
    }
  double trace = 0;
  for (int i = 0; i < n * n; i++)
    trace += c[i];
  free(a);
  free(b);
  free(c);
  return trace;
}

int main(void) { return 0; }
