/** Lines that one service of `largeConfig` has. */
export const LINES_PER_SERVICE = 46;

/**
 * A pool as generators write it: each service with five real servers of one TCP_CHECK. 2,000 services are 92,000 lines.
 *
 * @param weight of every real server: another one makes another configuration
 * @param delayLoopS how often each is checked
 */
export function largeConfig(services: number, weight = 1, delayLoopS = 10): string {
  return Array.from({ length: services }, (...[, i]) => service(i, weight, delayLoopS)).join("");
}

function service(i: number, weight: number, delayLoopS: number): string {
  const servers = Array.from({ length: 5 }, (...[, n]) => realServer(`192.0.2.${n + 1} ${1_000 + i}`, weight));
  return `virtual_server 198.18.${Math.floor(i / 250)}.${(i % 250) + 1} 80 {
  delay_loop ${delayLoopS}
  lb_algo rr
  lb_kind NAT
  protocol TCP
${servers.join("")}}
`;
}

function realServer(address: string, weight: number): string {
  return `  real_server ${address} {
    weight ${weight}
    TCP_CHECK {
      connect_timeout 3
      retry 2
      delay_before_retry 1
    }
  }
`;
}
