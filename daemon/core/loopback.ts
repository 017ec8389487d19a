/** Whether the host of a URL is this machine: 127.0.0.0/8, ::1, localhost and the names below it (RFC 6761). */
export function isLoopbackHost(hostname: string): boolean {
  // The URL parser turns every notation of an IPv4 address into four decimal numbers.
  return /^(127(\.\d+){3}|\[::1\]|(.+\.)?localhost)$/.test(hostname);
}
