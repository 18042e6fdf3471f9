import type { SHELLS } from './complete.ts';

/** What a script prints for names of files, which the shell itself completes. */
export const FILES = ':files';

/**
 * One script a shell. Each asks the program itself, so that it never knows another version's commands.
 * Nothing that comes back is evaluated.
 */
export const SCRIPTS: Readonly<Record<(typeof SHELLS)[number], string>> = {
  bash: `# toolgrant: completion for bash. Put this into ~/.bashrc:
#   source <(toolgrant completion bash)
_toolgrant() {
  local line
  COMPREPLY=()
  while IFS= read -r line; do
    if [ "$line" = '${FILES}' ]; then
      # Older than 4: no files.
      compopt -o default 2>/dev/null
    else
      COMPREPLY+=("$line")
    fi
  done < <(toolgrant __complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null </dev/null)
}
complete -F _toolgrant toolgrant
`,
  zsh: `#compdef toolgrant
# toolgrant: completion for zsh. Put this into ~/.zshrc, after compinit:
#   source <(toolgrant completion zsh)
_toolgrant() {
  local line
  local -a found
  while IFS= read -r line; do
    if [[ $line == '${FILES}' ]]; then
      _files
    else
      found+=("$line")
    fi
  done < <(toolgrant __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null </dev/null)
  (( \${#found} )) && compadd -- "\${found[@]}"
}
if [[ \${funcstack[1]} == _toolgrant ]]; then
  _toolgrant
else
  compdef _toolgrant toolgrant
fi
`,
  fish: `# toolgrant: completion for fish. Save it where fish looks:
#   toolgrant completion fish > ~/.config/fish/completions/toolgrant.fish
function __toolgrant_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    for line in (toolgrant __complete -- $words[2..-1] "$current" 2>/dev/null </dev/null)
        if test "$line" = '${FILES}'
            __fish_complete_path "$current"
        else
            echo $line
        end
    end
end
complete -c toolgrant -f -a '(__toolgrant_complete)'
`,
};
