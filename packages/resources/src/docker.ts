/** The `docker` driver. A separate entry, so that its library is loaded only if it is used. */
export { type DockerDriverOptions, dockerDriver } from './droplets/docker.ts'
