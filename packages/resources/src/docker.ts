/** The `docker` driver, apart from the rest: its library is loaded only where it is used. */
export { type DockerDriverOptions, dockerDriver } from './droplets/docker.ts'
