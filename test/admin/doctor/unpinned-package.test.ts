import { describe, expect, it } from 'vitest';
import { unpinnedPackage } from '../../../src/admin/doctor/unpinned-package.ts';

const of = (line: string) => {
  const [command = '', ...args] = line.split(' ');
  return unpinnedPackage(command, args);
};

const DIGEST = `sha256:${'0a'.repeat(32)}`;

describe('unpinnedPackage', () => {
  it.each([
    'npx x',
    'npx -y x',
    'npx -y x@latest',
    'npx --yes @scope/x',
    'npx -y @scope/x@next',
    'npx x@^1.2.3',
    'npx x@1',
    'npx x@1.x',
    'npx -p x --package y@1.2.3 run',
    'npx --package=x run',
    '/usr/local/bin/npx -y x',
    'C:\\node\\npx.cmd -y x',
    'cmd /c npx -y x',
    'env A=b npx x',
    'npm exec --yes -- x',
    'npm exec x',
    'pnpm dlx x',
    'yarn dlx x@2',
    'bunx x',
    'npx github:owner/x',
  ])('takes `%s` for a package without a version', (line) => {
    expect(of(line)).toBe('npm');
  });

  it.each([
    'uvx x',
    'uvx x@latest',
    'uvx --from x run',
    'uv tool run x',
    'pipx run x',
    'uvx x>=1.2',
  ])('takes `%s` for a Python package without a version', (line) => {
    expect(of(line)).toBe('python');
  });

  it.each([
    'docker run x',
    'docker run -i --rm x/y',
    'docker run -i --rm -e TOKEN x/y:latest',
    'docker run --rm -v /a:/b:ro --env A=b registry.example:5000/x/y',
    'podman run -it x',
    'docker container run x',
  ])('takes `%s` for an image without a version', (line) => {
    expect(of(line)).toBe('image');
  });

  it.each([
    'npx -y x@1.2.3',
    'npx @scope/x@1.2.3-rc.1',
    'npx -p x@1.2.3 run',
    'npx ./local',
    'npx /srv/x',
    `npx github:owner/x#${'0a'.repeat(20)}`,
    'pnpm dlx x@1.2.3',
    'uvx x==1.2.3',
    'uvx x@1.2.3',
    'uvx --python 3.12 --from x==1.2.3 run',
    `docker run -i --rm -e LATEST=1 x/y@${DIGEST}`,
    'docker run -i -p 127.0.0.1:1:1 registry.example:5000/x/y:1.2',
    'docker run --name n --network host -v /a:/b x:1.2',
    'node server.js npx x',
    'npm run start',
    'npm start',
    'docker compose up',
    'python -m x',
    'npx',
  ])('has nothing to say of `%s`', (line) => {
    expect(of(line)).toBeUndefined();
  });

  it('reads what a shell is told to run', () => {
    expect(unpinnedPackage('/bin/sh', ['-c', 'exec npx -y x'])).toBe('npm');
    expect(unpinnedPackage('bash', ['-lc', 'npx -y x@1.2.3'])).toBeUndefined();
  });
});
