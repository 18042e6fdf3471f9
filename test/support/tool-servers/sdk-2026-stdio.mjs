// The 2026-era server over stdio. Run with a TypeScript-capable Node.
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { sdk2026Server } from './sdk-2026.ts';

serveStdio(() => sdk2026Server());
