import { readFile } from 'node:fs/promises';
import type { LoadHook, ResolveHook } from 'node:module';
import { fileURLToPath } from 'node:url';
import { transform } from 'esbuild';

// Module hooks (see node:module, register) by which Node.js loads TypeScript.

const isTypeScript = /\.m?ts$/;

/** TypeScript names a module beside it by the name that it will have as JavaScript. */
export const resolve: ResolveHook = async (specifier, context, nextResolve) => {
  try {
    return await nextResolve(specifier, context);
  } catch (error) {
    const isOwn = isTypeScript.test(context.parentURL ?? '') && /^\.{0,2}\//.test(specifier);
    const source = specifier.replace(/\.(m?)js$/, '.$1ts');
    if (!isOwn || source === specifier) throw error;
    return nextResolve(source, context);
  }
};

export const load: LoadHook = async (url, context, nextLoad) => {
  if (!url.startsWith('file:') || !isTypeScript.test(url)) return nextLoad(url, context);
  const path = fileURLToPath(url);
  const { code } = await transform(await readFile(path, 'utf8'), {
    loader: 'ts',
    format: 'esm',
    target: 'node20',
    sourcefile: path,
    sourcemap: 'inline',
  });
  return { format: 'module', source: code, shortCircuit: true };
};
