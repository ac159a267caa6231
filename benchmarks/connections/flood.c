/* flood SOURCE DESTINATION PORT FIRST COUNT [syn|answer|data]: sends COUNT TCP SYNs, each from a port of its own from FIRST on, and prints
   nanoseconds per packet. An answer is what a SYN is answered with; data is of a connection from FIRST that has been opened by the two. Between two ends of a veth a packet is forwarded before sendto returns, so that this is what its whole way costs. */
#include <arpa/inet.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

static uint32_t sum(const void *data, int bytes) {
  const uint16_t *words = data;
  uint32_t total = 0;
  for (int i = 0; i < bytes / 2; i++) total += words[i];
  return total;
}

static uint16_t checksum(uint32_t total) {
  while (total >> 16) total = (total & 0xffff) + (total >> 16);
  return (uint16_t)~total;
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e9 + t.tv_nsec;
}

int main(int argc, char **argv) {
  if (argc < 6) return fprintf(stderr, "usage: flood SOURCE DESTINATION PORT FIRST COUNT [syn|answer|data]\n"), 2;
  int first = atoi(argv[4]), count = atoi(argv[5]);
  int answer = argc > 6 && !strcmp(argv[6], "answer"), data = argc > 6 && !strcmp(argv[6], "data");
  struct { struct iphdr ip; struct tcphdr tcp; } packet = {
      .ip = {.version = 4, .ihl = 5, .ttl = 64, .protocol = IPPROTO_TCP, .tot_len = htons(sizeof packet),
             .saddr = inet_addr(argv[1]), .daddr = inet_addr(argv[2])},
      .tcp = {.dest = htons(atoi(argv[3])), .doff = 5, .syn = !data, .ack = answer || data,
              .seq = htonl(data), .ack_seq = htonl(answer || data), .window = htons(1024)}};
  uint32_t pseudo = sum(&packet.ip.saddr, 8) + htons(IPPROTO_TCP) + htons(sizeof packet.tcp);
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = packet.ip.daddr};
  int fd = socket(AF_INET, SOCK_RAW, IPPROTO_RAW);
  if (fd < 0) return perror("flood: raw socket"), 1;
  double began = now();
  for (int i = 0; i < count; i++) {
    packet.tcp.source = htons(data ? first : first + i);
    packet.tcp.check = 0;
    packet.tcp.check = checksum(pseudo + sum(&packet.tcp, sizeof packet.tcp));
    if (sendto(fd, &packet, sizeof packet, 0, (void *)&to, sizeof to) < 0) return perror("flood: send"), 1;
  }
  printf("%.0f\n", (now() - began) / count);
  return 0;
}
