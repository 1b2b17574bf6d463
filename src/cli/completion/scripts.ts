/** Scripts that complete `pipeline` and `npx pipeline` in a shell: they ask `ask`, a command line, and offer what it answers. */
export const scripts: Readonly<Record<'bash' | 'zsh' | 'fish', (ask: string) => string>> = {
  bash: (ask) => `# pipeline completions for bash; in ~/.bashrc:  source <(npx pipeline completion bash)
_pipeline() {
  local line=\${COMP_LINE:0:COMP_POINT} current=\${COMP_WORDS[COMP_CWORD]} mode begun word about strip
  COMPREPLY=()
  if [[ $1 == npx && ! $line =~ ^npx[[:space:]]+pipeline[[:space:]] ]]; then return; fi
  # at a character that breaks words, bash completes the empty word after it
  case $current in '=' | ':' | '@') current= ;; esac
  {
    IFS=$'\\t' read -r mode begun
    case $mode in
      files) compopt -o default; return ;;
      folders) compopt -o dirnames; return ;;
    esac
    # what of the word bash takes for words of their own
    strip=\${begun%"$current"}
    while IFS=$'\\t' read -r word about; do COMPREPLY+=("$(printf '%q' "\${word#"$strip"}")"); done
  } < <(${ask} --line "$line" 2>/dev/null)
  if [[ \${#COMPREPLY[@]} -eq 1 && \${COMPREPLY[0]} == *[/=] ]]; then compopt -o nospace; fi
}
complete -F _pipeline pipeline
complete -o default -F _pipeline npx
`,
  zsh: (ask) => `#compdef pipeline
# pipeline completions for zsh; in ~/.zshrc, after compinit:  source <(npx pipeline completion zsh)
_pipeline() {
  local -a answer words_ shown open open_shown
  local line word about
  answer=("\${(@f)$(${ask} "\${(@Q)words[2,CURRENT]}" 2>/dev/null)}")
  case $answer[1] in
    files*) _files; return ;;
    folders*) _files -/; return ;;
  esac
  for line in "\${(@)answer[2,-1]}"; do
    word=\${line%%$'\\t'*} about=
    [[ $line == *$'\\t'* ]] && about=" -- \${line#*$'\\t'}"
    [[ -z $word ]] && continue
    if [[ $word == *[/=] ]]; then open+=("$word") open_shown+=("$word$about"); else words_+=("$word") shown+=("$word$about"); fi
  done
  (( $#words_ )) && compadd -l -d shown -a words_
  (( $#open )) && compadd -S '' -l -d open_shown -a open
  return 0
}
_pipeline_npx() {
  if [[ $words[2] == pipeline ]] && (( CURRENT > 2 )); then
    shift words
    (( CURRENT-- ))
    _pipeline
  else
    _default
  fi
}
if [[ $funcstack[1] == _pipeline ]]; then
  _pipeline "$@"
else
  compdef _pipeline pipeline
  compdef _pipeline_npx npx
fi
`,
  fish: (ask) => `# pipeline completions for fish; in ~/.config/fish/config.fish:  npx pipeline completion fish | source
function __pipeline_complete
    set -l before (commandline -opc)
    set -l current (commandline -ct)
    test "$before[1]" = npx; and set -e before[1]
    set -l answer (${ask} $before[2..-1] "$current" 2>/dev/null)
    switch "$answer[1]"
        case 'files*'
            __fish_complete_path "$current"
        case 'folders*'
            __fish_complete_directories "$current"
        case '*'
            printf '%s\\n' $answer[2..-1]
    end
end
complete -c pipeline -f -a '(__pipeline_complete)'
complete -c npx -n 'string match -q "npx pipeline *" (commandline -cp)' -f -a '(__pipeline_complete)'
`,
};
