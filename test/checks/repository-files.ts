import { runTool } from './run-tool.ts';

/** The paths of all files that belong to the repository at `root`: tracked, or new and not ignored. */
export async function repositoryFiles(root: string): Promise<string[]> {
  const run = await runTool('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
  });
  if (run.exitCode !== 0) throw new Error(`git cannot list the files of the repository:\n${run.output}`);
  // A linked node_modules is no folder to git, so .gitignore does not hide it.
  return [...new Set(run.stdout.split('\0'))].filter((path) => path !== '' && path !== 'node_modules');
}
