using System.CommandLine;
using System.CommandLine.Parsing;
using EdgeProxy.Hosting;

namespace EdgeProxy.Commands;

/// <summary>The part of the command line that makes a host: shared by every command that has one.</summary>
internal sealed class HostArguments
{
    private readonly Option<string[]> _config = new("--config")
    {
        HelpName = "path",
        Description = "A configuration file, or a folder of *.json files, to read in place of appsettings.json and config/*.json. Repeatable; a later one stands over an earlier one.",
        DefaultValueFactory = _ => [],
    };

    private readonly Option<string?> _urls = new("--urls")
    {
        HelpName = "urls",
        Description = $"The addresses to listen on, separated by semicolons. Default: {ServerSetup.DefaultUrl}, if the configuration names none.",
    };

    private readonly Argument<string[]> _settings = new("Section:Key=Value")
    {
        Description = "Any setting of the configuration, over files and environment: EdgeProxy:StreamPolicies:chat:KeepAlive:Interval=00:00:05.",
        Arity = ArgumentArity.ZeroOrMore,
    };

    /// <summary>Adds options and settings to a command that makes a host.</summary>
    public void AddTo(Command command)
    {
        command.Options.Add(_config);
        command.Options.Add(_urls);
        command.Arguments.Add(_settings);
        command.Validators.Add(CheckSettings);
    }

    /// <summary>What the command line says of the host.</summary>
    public EdgeProxyHostSettings Read(ParseResult command)
    {
        var settings = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        foreach (var text in command.GetValue(_settings) ?? [])
        {
            var (key, value) = Split(text)!.Value;
            settings[key] = value;
        }

        if (command.GetValue(_urls) is { } urls)
        {
            settings["urls"] = urls;
        }

        return new()
        {
            ConfigPaths = command.GetValue(_config) is { Length: > 0 } paths ? paths : null,
            Settings = settings,
        };
    }

    private static void CheckSettings(CommandResult command)
    {
        foreach (var token in command.Tokens)
        {
            if (Split(token.Value) is null)
            {
                command.AddError($"'{token.Value}' is neither a command nor an option nor a setting (Section:Key=Value).");
            }
        }
    }

    /// <summary>A setting, with or without the two dashes that ASP.NET Core's own command line has; null for what is none.</summary>
    private static (string Key, string Value)? Split(string text)
    {
        var equals = text.IndexOf('=', StringComparison.Ordinal);
        var key = equals < 0 ? "" : text[..equals];
        key = key.StartsWith("--", StringComparison.Ordinal) ? key[2..] : key;
        return key.Contains(':', StringComparison.Ordinal) ? (key, text[(equals + 1)..]) : null;
    }
}
