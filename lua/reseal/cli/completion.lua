--- Completion scripts for bash, zsh and fish: the same words behind the same commands, made from the descriptions.

local parameters = require "reseal.cli.parameters"
local reseal = require "reseal"

local completion = {}

--- The words that may follow each line of words: {{after = {"namecheap renew", …}, words = {"Years=", …}}, …}.
---@param options table<string, string[]> the options of each command; "" is the program itself
---@return table[]
function completion.words(options)
  local found = {}
  local function add(after, words, command)
    local all = {}
    for _, list in ipairs {words, options[command] or {}} do
      for _, word in ipairs(list) do
        all[#all + 1] = word
      end
    end
    found[#found + 1] = {after = after, words = all}
  end
  local commands = {}
  for command in pairs(options) do
    commands[#commands + 1] = command ~= "" and command or nil
  end
  table.sort(commands)
  add({""}, commands, "")
  local providers = reseal.describe()
  for _, command in ipairs {"call", "describe", "errors", "reissue", "renew"} do
    add({command}, providers, command)
  end
  add({"completion"}, completion.SHELLS, "completion")
  add({"list"}, {}, "list")
  add({"sandbox"}, {}, "sandbox")
  for _, provider in ipairs(providers) do
    local methods = reseal.describe(provider)
    add({provider, "call " .. provider}, methods, "call")
    add({"describe " .. provider}, methods, "describe")
    for _, method in ipairs(methods) do
      local after = {provider .. " " .. method, "call " .. provider .. " " .. method}
      if method == "renew" or method == "reissue" then
        after[#after + 1] = method .. " " .. provider
      end
      local words, described = {}, reseal.describe(provider, method)
      for _, one in ipairs(parameters.flat(described)) do
        -- What has members is given by them.
        if not one.param.fields or #one.param.fields == 0 then
          local is_list = one.param.type == "list" and not one.param.separator
          words[#words + 1] = one.path .. (is_list and "[1]=" or "=")
        end
      end
      for _, field in ipairs(described.filters or {}) do
        words[#words + 1] = field .. "="
      end
      add(after, words, "call")
    end
  end
  return found
end

local function quoted(words)
  local shown = {}
  for i, word in ipairs(words) do
    shown[i] = "'" .. word .. "'"
  end
  return shown
end

local BASH = [==[
# Completion of reseal for bash:  eval "$(reseal completion bash)"
_reseal_words() {
  case $1 in
%s
  *) return 1 ;;
  esac
}

_reseal() {
  local cur=${COMP_WORDS[COMP_CWORD]} at='' longer word i
  COMPREPLY=()
  # What follows "=" stands in words of its own here.
  if [[ $cur == = || ${COMP_WORDS[COMP_CWORD - 1]} == = ]]; then
    if [[ $cur == @* ]]; then
      while IFS= read -r word; do COMPREPLY+=("@$word"); done < <(compgen -f -- "${cur#@}")
    fi
    return 0
  fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    longer=${at:+$at }${COMP_WORDS[i]}
    if _reseal_words "$longer" >/dev/null; then at=$longer; fi
  done
  while IFS= read -r word; do
    if [[ $word == "$cur"* && ($word != -* || $cur == -*) ]]; then COMPREPLY+=("$word"); fi
  done < <(_reseal_words "$at")
  if [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *= ]] && type compopt >/dev/null 2>&1; then
    compopt -o nospace 2>/dev/null
  fi
  return 0
}

complete -F _reseal reseal
]==]

local ZSH = [==[
#compdef reseal
# Completion of reseal for zsh:  eval "$(reseal completion zsh)", or this as a file _reseal on $fpath
_reseal_words() {
  case $1 in
%s
  *) return 1 ;;
  esac
}

_reseal() {
  local cur=$words[CURRENT] at='' longer i
  local -a found
  if [[ $cur == *=@* ]]; then
    compset -P '*=@'
    _files
    return
  fi
  for ((i = 2; i < CURRENT; i++)); do
    longer=${at:+$at }$words[i]
    if _reseal_words "$longer" >/dev/null; then at=$longer; fi
  done
  found=("${(@f)$(_reseal_words "$at")}")
  if [[ $cur != -* ]]; then found=(${found:#-*}); fi
  compadd -- ${found:#*=}
  compadd -S '' -- ${(M)found:#*=}
}

if [[ $funcstack[1] == _reseal ]]; then _reseal "$@"; else compdef _reseal reseal; fi
]==]

local FISH = [==[
# Completion of reseal for fish:  reseal completion fish | source
function __reseal_words
  switch "$argv[1]"
%s
    case '*'
      return 1
  end
  return 0
end

function __reseal_complete
  set -l at ''
  for word in (commandline -opc)[2..-1]
    set -l longer (string trim -- "$at $word")
    if __reseal_words $longer >/dev/null
      set at $longer
    end
  end
  __reseal_words $at
end

complete -c reseal -f -a '(__reseal_complete)'
]==]

local function posix_cases(words)
  local lines = {}
  for i, one in ipairs(words) do
    lines[i] = ("  %s) printf '%%s\\n' %s ;;"):format(table.concat(quoted(one.after), " | "),
      table.concat(quoted(one.words), " "))
  end
  return table.concat(lines, "\n")
end

local function fish_cases(words)
  local lines = {}
  for i, one in ipairs(words) do
    lines[i] = ("    case %s\n      printf '%%s\\n' %s"):format(table.concat(quoted(one.after), " "),
      table.concat(quoted(one.words), " "))
  end
  return table.concat(lines, "\n")
end

local WRITERS = {
  bash = {BASH, posix_cases},
  fish = {FISH, fish_cases},
  zsh = {ZSH, posix_cases},
}

completion.SHELLS = {"bash", "fish", "zsh"}

--- The script for a shell.
---@param shell string
---@param options table<string, string[]> see `completion.words`
---@return string|nil script nil when there is none for that shell
function completion.script(shell, options)
  local writer = WRITERS[shell]
  if not writer then
    return nil
  end
  local cases = writer[2](completion.words(options))
  return (writer[1]:gsub("%%s", function()
    return cases
  end, 1))
end

return completion
