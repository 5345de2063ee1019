--- Completion scripts for bash, zsh and fish: the same words behind the same commands, made from the descriptions.

local parameters = require "reseal.cli.parameters"
local reseal = require "reseal"

local completion = {}

-- What stands after these options.
local FILES = {
  "--config", "--output", "--scenario", "--nginx", "--out", "--webroot", "--dns-hook", "--folder", "--journal",
}

--- A parameter's name as it is typed.
local function typed(one)
  return one.path .. (one.param.type == "list" and not one.param.separator and "[1]=" or "=")
end

--- The lines of words that come before a method's parameters.
local function places_of(provider, method)
  local places = {provider .. " " .. method, "call " .. provider .. " " .. method}
  if method == "renew" or method == "reissue" then
    places[#places + 1] = method .. " " .. provider
  end
  return places
end

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
  add({"help"}, commands, "help")
  add({"journal"}, {"backup", "check", "export"}, "journal")
  for _, command in ipairs {"apply", "doctor", "init", "list", "order", "plan", "reconcile", "remove", "run", "show",
    "status", "wait"} do
    add({command}, {}, command)
  end
  add({"import"}, {"account", "certbot", "pairs"}, "import")
  add({"sandbox"}, {}, "sandbox")
  for _, provider in ipairs(providers) do
    local methods = reseal.describe(provider)
    add({provider, "call " .. provider}, methods, "call")
    add({"describe " .. provider}, methods, "describe")
    for _, method in ipairs(methods) do
      local words, described = {}, reseal.describe(provider, method)
      for _, one in ipairs(parameters.flat(described)) do
        -- What has members is given by them.
        if not one.param.fields or #one.param.fields == 0 then
          words[#words + 1] = typed(one)
        end
      end
      for _, field in ipairs(described.filters or {}) do
        words[#words + 1] = field .. "="
      end
      add(places_of(provider, method), words, "call")
    end
  end
  return found
end

--- The values that may follow a parameter or an option: {{after = {"namecheap renew SSLType=", …}, words = {…}}, …};
--- an option's stand after its name alone.
---@return table[]
function completion.values()
  local found = {{after = {"--provider"}, words = reseal.describe()}}
  local named = {endpoint = {}, edition = {}}
  local seen = {}
  local function name(option, value)
    if not seen[option .. value] then
      seen[option .. value] = true
      table.insert(named[option], value)
    end
  end
  for _, provider in ipairs(reseal.describe()) do
    for _, setting in ipairs(reseal.settings(provider)) do
      for _, one in ipairs(setting.endpoints or setting.name == "edition" and setting.values or {}) do
        name(setting.name, one.name or one)
      end
    end
    for _, method in ipairs(reseal.describe(provider)) do
      for _, one in ipairs(parameters.flat(reseal.describe(provider, method))) do
        local values = one.param.values or {}
        if one.param.type == "boolean" then
          values = {"true", "false"}
        end
        if #values > 0 then
          local after = {}
          for i, place in ipairs(places_of(provider, method)) do
            after[i] = place .. " " .. typed(one)
          end
          found[#found + 1] = {after = after, words = values}
        end
      end
    end
  end
  found[#found + 1] = {after = {"--endpoint"}, words = named.endpoint}
  found[#found + 1] = {after = {"--edition"}, words = named.edition}
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

_reseal_values() {
  case $1 in
%s
  *) return 1 ;;
  esac
}

# Offers the lines of standard input that begin with $1, as words; with $2 before them.
_reseal_offer() {
  local word
  while IFS= read -r word; do
    if [[ $word == "$1"* ]]; then
      printf -v word %%q "$word"
      COMPREPLY+=("$2$word")
    fi
  done
}

_reseal_files() {
  local word
  type compopt >/dev/null 2>&1 && compopt -o filenames 2>/dev/null
  while IFS= read -r word; do COMPREPLY+=("$2$word"); done < <(compgen -f -- "$1")
}

_reseal() {
  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} at='' name='' longer word i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    longer=${at:+$at }${COMP_WORDS[i]}
    if _reseal_words "$longer" >/dev/null; then at=$longer; fi
  done
  # What follows "=" stands in words of its own here.
  if [[ $cur == = ]]; then
    name=$prev cur=''
  elif [[ $prev == = ]]; then
    name=${COMP_WORDS[COMP_CWORD - 2]}
  fi
  case $name in
  '') ;;
  --*) prev=$name ;;
  *)
    if [[ $cur == @* ]]; then
      _reseal_files "${cur#@}" @
    else
      _reseal_offer "${cur//\\/}" '' < <(_reseal_values "$at $name=")
    fi
    return 0
    ;;
  esac
  case $prev in
  %s)
    _reseal_files "$cur" ''
    return 0
    ;;
  --*)
    if _reseal_values "$prev" >/dev/null; then
      _reseal_offer "$cur" '' < <(_reseal_values "$prev")
      return 0
    fi
    ;;
  esac
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

_reseal_values() {
  case $1 in
%s
  *) return 1 ;;
  esac
}

_reseal() {
  local cur=$words[CURRENT] prev=$words[CURRENT-1] at='' longer i
  local -a found
  for ((i = 2; i < CURRENT; i++)); do
    longer=${at:+$at }$words[i]
    if _reseal_words "$longer" >/dev/null; then at=$longer; fi
  done
  if [[ $cur == *=@* ]]; then
    compset -P '*=@'
    _files
    return
  elif [[ $cur == [^-]*=* ]]; then
    found=(${(f)"$(_reseal_values "$at ${cur%%%%=*}=")"})
    compset -P '*='
    compadd -- $found
    return
  fi
  case $prev in
  %s) _files; return ;;
  --*)
    if _reseal_values "$prev" >/dev/null; then
      found=(${(f)"$(_reseal_values "$prev")"})
      compadd -- $found
      return
    fi
    ;;
  esac
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

function __reseal_values
  switch "$argv[1]"
%s
    case '*'
      return 1
  end
  return 0
end

# The files that begin with $argv[2], after $argv[1].
function __reseal_files
  for file in $argv[2]*
    test -d "$file"; and set file "$file/"
    printf '%%s\n' "$argv[1]$file"
  end
end

function __reseal_complete
  set -l at ''
  set -l before (commandline -opc)
  set -l token (commandline -ct)
  for word in $before[2..-1]
    set -l longer (string trim -- "$at $word")
    if __reseal_words $longer >/dev/null
      set at $longer
    end
  end
  if string match -q -- '*=@*' "$token"
    __reseal_files (string replace -r '^([^=]*=@).*' '$1' -- "$token") (string replace -r '^[^=]*=@' '' -- "$token")
    return
  else if string match -q -r -- '^[^-=][^=]*=' "$token"
    set -l name (string replace -r '=.*' '=' -- "$token")
    for value in (__reseal_values "$at $name")
      printf '%%s\n' "$name$value"
    end
    return
  end
  if contains -- $before[-1] %s
    __reseal_files '' "$token"
    return
  else if __reseal_values $before[-1]
    return
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
  bash = {BASH, posix_cases, " | "},
  fish = {FISH, fish_cases, " "},
  zsh = {ZSH, posix_cases, " | "},
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
  return writer[1]:format(writer[2](completion.words(options)), writer[2](completion.values()),
    table.concat(FILES, writer[3]))
end

return completion
