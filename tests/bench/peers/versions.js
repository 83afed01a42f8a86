import { execFileSync } from 'node:child_process';

/** The version of a Debian package, without epoch and revision. */
export function versionOf(name) {
  const version = execFileSync('dpkg-query', ['-W', '-f', '${Version}', name], { encoding: 'utf8' });
  return version.replace(/^\d+:/, '').replace(/-[^-]*$/, '');
}
