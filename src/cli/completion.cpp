#include "cli/completion.hpp"

#include "cli/console.hpp"
#include "cli/support.hpp"

#include <fmt/format.h>

#include <memory>
#include <vector>

namespace spikewell::cli {

namespace {

/// An option as it is written, and what may follow.
struct Flag {
    std::vector<std::string> names; ///< "-q", "--quiet"
    std::string text;
    bool takes_value = false;
    std::vector<std::string> choices; ///< none: any, files among them
};

/// Of a command, or of the program itself.
struct Commands {
    std::string name;
    std::string text;
    std::vector<Flag> flags;
};

/// "TEXT:{a,b}" allows a and b.
std::vector<std::string> choices_of(const std::string& type) {
    const std::size_t begin = type.find('{');
    const std::size_t end = type.find('}');
    if (begin == std::string::npos || end == std::string::npos) return {};
    return CLI::detail::split(type.substr(begin + 1, end - begin - 1), ',');
}

Commands commands_of(const CLI::App& app) {
    Commands found{app.get_name(), app.get_description(), {}};
    for (const CLI::Option* option : app.get_options()) {
        Flag flag{{}, option->get_description(), option->get_items_expected_max() > 0, {}};
        for (const std::string& name : option->get_snames())
            flag.names.push_back("-" + name);
        for (const std::string& name : option->get_lnames())
            flag.names.push_back("--" + name);
        flag.choices = choices_of(option->get_type_name());
        if (!flag.names.empty()) found.flags.push_back(std::move(flag));
    }
    return found;
}

std::vector<Commands> subcommands_of(const CLI::App& program) {
    std::vector<Commands> all;
    for (const CLI::App* command : program.get_subcommands(nullptr))
        if (!command->get_name().empty()) all.push_back(commands_of(*command));
    return all;
}

/// Within single quotes of a shell.
std::string in_quotes(const std::string& text) {
    std::string made = "'";
    for (const char c : text)
        made += c == '\'' ? "'\\''" : std::string(1, c);
    return made + "'";
}

std::vector<std::string> command_names(const std::vector<Commands>& commands) {
    std::vector<std::string> names;
    names.reserve(commands.size());
    for (const Commands& command : commands)
        names.push_back(command.name);
    return names;
}

std::string for_bash(const std::vector<Commands>& commands) {
    std::string script =
        "# bash completion of spikewell; made by: spikewell completion bash\n"
        "_spikewell() {\n"
        "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n"
        "    COMPREPLY=()\n"
        "    if [ \"$COMP_CWORD\" -eq 1 ]; then\n";
    script += fmt::format("        COMPREPLY=($(compgen -W '{} --help --version' -- \"$cur\"))\n"
                          "        return\n    fi\n    case \"${{COMP_WORDS[1]}} $prev\" in\n",
                          fmt::join(command_names(commands), " "));
    for (const Commands& command : commands)
        for (const Flag& flag : command.flags)
            for (const std::string& name : flag.names)
                if (!flag.choices.empty())
                    script += fmt::format(
                        "    '{} {}') COMPREPLY=($(compgen -W '{}' -- \"$cur\")); return;;\n",
                        command.name, name, fmt::join(flag.choices, " "));
    script += "    esac\n    case \"${COMP_WORDS[1]} $cur\" in\n";
    for (const Commands& command : commands) {
        std::vector<std::string> names;
        for (const Flag& flag : command.flags)
            names.push_back(flag.names.back());
        script += fmt::format("    '{} -'*) COMPREPLY=($(compgen -W '{}' -- \"$cur\")); return;;\n",
                              command.name, fmt::join(names, " "));
    }
    return script + "    esac\n    COMPREPLY=($(compgen -f -- \"$cur\"))\n}\n"
                    "complete -o filenames -F _spikewell spikewell\n";
}

std::string for_zsh(const std::vector<Commands>& commands) {
    std::string script =
        "#compdef spikewell\n# made by: spikewell completion zsh\n"
        "_spikewell() {\n    if (( CURRENT == 2 )); then\n        local -a commands=(\n";
    for (const Commands& command : commands)
        script += fmt::format("            {}\n", in_quotes(command.name + ":" + command.text));
    script += "        )\n        _describe command commands\n        return\n    fi\n"
              "    case ${words[2]} in\n";
    for (const Commands& command : commands) {
        script += fmt::format("    {}) shift words; (( CURRENT-- )); _arguments", command.name);
        for (const Flag& flag : command.flags) {
            std::string text; // what ends a text in _arguments is left out of it
            for (const char c : flag.text)
                text += c == '[' || c == ']' || c == ':' ? ' ' : c;
            std::string what = fmt::format("{}[{}]", flag.names.back(), text);
            if (!flag.choices.empty())
                what += fmt::format(":value:({})", fmt::join(flag.choices, " "));
            else if (flag.takes_value)
                what += ":value:_files";
            script += " \\\n        " + in_quotes(what);
        }
        script += " \\\n        '*:file:_files';;\n";
    }
    return script + "    esac\n}\n_spikewell \"$@\"\n";
}

std::string for_fish(const std::vector<Commands>& commands) {
    std::string script = "# fish completion of spikewell; made by: spikewell completion fish\n";
    for (const Commands& command : commands) {
        script += fmt::format("complete -c spikewell -n __fish_use_subcommand -f -a {} -d {}\n",
                              command.name, in_quotes(command.text));
        for (const Flag& flag : command.flags) {
            script += fmt::format("complete -c spikewell -n '__fish_seen_subcommand_from {}'",
                                  command.name);
            for (const std::string& name : flag.names)
                script +=
                    name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
            if (!flag.choices.empty())
                script += fmt::format(" -x -a {}",
                                      in_quotes(fmt::format("{}", fmt::join(flag.choices, " "))));
            else if (flag.takes_value)
                script += " -r";
            script += fmt::format(" -d {}\n", in_quotes(flag.text));
        }
    }
    return script;
}

} // namespace

std::string completion_script(const CLI::App& program, const std::string& shell) {
    const std::vector<Commands> commands = subcommands_of(program);
    if (shell == "bash") return for_bash(commands);
    return shell == "zsh" ? for_zsh(commands) : for_fish(commands);
}

void add_completion(CLI::App& program, Action& action) {
    CLI::App* command = program.add_subcommand(
        "completion", "Print a script that has a shell complete commands, options and choices");
    const auto shell = std::make_shared<std::string>();
    command->add_option("SHELL", *shell, "bash, zsh or fish")
        ->required()
        ->check(one_of({"bash", "zsh", "fish"}));
    command->footer("Example:\n  source <(spikewell completion bash)");
    command->callback([shell, &program, &action] {
        action = [shell, &program] { put(stdout, completion_script(program, *shell)); };
    });
}

} // namespace spikewell::cli
