using System.Globalization;
using System.Reflection;
using static HCChat.Server.Hosting.Language;

namespace HCChat.Server.Hosting;

/// <summary>A setting that cannot be used, or a start that cannot succeed; the message is the one sentence that the operator reads.</summary>
public sealed class StartException(string message) : Exception(message);

/// <summary>From files, environment and command line to <see cref="ServerOptions"/>, or to a plain sentence about what is wrong.</summary>
internal static class Settings
{
    private const string EnvironmentPrefix = "HCCHAT_";
    private static readonly string[] s_shortNames = ["roles", "port", "urls", "data"];

    /// <summary>Gathers all sources.</summary>
    /// <param name="args">The command line behind <c>serve</c>.</param>
    /// <exception cref="StartException">Something is not a setting.</exception>
    public static (ServerOptions Options, IConfiguration Configuration) Load(string[] args)
    {
        var commandLine = ParseCommandLine(args);
        commandLine.Remove("config", out var file);
        if (file is not null && !File.Exists(file))
        {
            throw new StartException(
                Say($"--config: the file '{file}' does not exist.", $"--config：文件“{file}”不存在。")
            );
        }
        var builder = new ConfigurationBuilder()
            .SetBasePath(Directory.GetCurrentDirectory())
            .AddJsonFile(Path.GetFullPath(file ?? "appsettings.json"), optional: file is null)
            .AddInMemoryCollection(ReadEnvironment())
            .AddInMemoryCollection(commandLine.Select(p => KeyValuePair.Create(p.Key, (string?)p.Value)));
        IConfiguration configuration;
        try
        {
            configuration = builder.Build();
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            throw new StartException(
                Say(
                    $"'{file ?? "appsettings.json"}' cannot be read: {e.Message}",
                    $"无法读取“{file ?? "appsettings.json"}”：{e.Message}"
                )
            );
        }
        catch (InvalidDataException)
        {
            throw new StartException(
                Say(
                    $"'{file ?? "appsettings.json"}' is not valid JSON.",
                    $"“{file ?? "appsettings.json"}”不是有效的 JSON。"
                )
            );
        }
        var options = new ServerOptions();
        foreach (var (key, value) in configuration.AsEnumerable().OrderBy(p => p.Key))
        {
            // A key without a value is a section, unless it has nothing in it either.
            var isLeaf = value is not null || !configuration.GetSection(key).GetChildren().Any();
            if (isLeaf && key.StartsWith("Logging", StringComparison.OrdinalIgnoreCase))
            {
                SettingRules.CheckLogging(key, value);
            }
            else if (isLeaf)
            {
                Assign(options, key, key.Split(':'), value ?? "");
            }
        }
        SettingRules.Check(options);
        return (options, configuration);
    }

    /// <summary>The items of a comma list.</summary>
    public static string[] List(string value) =>
        value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    /// <summary>What <c>hcchat serve --help</c> prints: every setting with its default.</summary>
    public static string Help()
    {
        var usage = Say(
            "Usage: hcchat serve [--port N] [--data FOLDER] [--urls ADDRESSES] [--roles LIST] [--config FILE] [--Section:Key=value ...]\n"
                + "The same settings may stand in appsettings.json or the environment (HCCHAT_Section__Key). Settings and defaults:",
            "用法：hcchat serve [--port N] [--data 文件夹] [--urls 地址] [--roles 列表] [--config 文件] [--Section:Key=value ...]\n"
                + "同样的设置也可写在 appsettings.json 或环境变量（HCCHAT_Section__Key）中。设置及默认值："
        );
        return string.Join('\n', [usage, .. Describe(new ServerOptions(), "").Select(line => "  " + line)]);
    }

    /// <summary>Whether this process has a role.</summary>
    public static bool HasRole(this ServerOptions options, string role) =>
        List(options.Roles).Any(r => r is "all" || r == role);

    /// <summary>Whether people may come in that way.</summary>
    public static bool Takes(this ServerOptions options, string mode) => List(options.Auth.Mode).Contains(mode);

    private static IEnumerable<string> Describe(object section, string prefix) =>
        section
            .GetType()
            .GetProperties()
            .SelectMany(p =>
                IsValue(p.PropertyType)
                    ? [$"{prefix}{p.Name}={p.GetValue(section)}"]
                    : Describe(p.GetValue(section)!, $"{prefix}{p.Name}:")
            );

    private static Dictionary<string, string> ParseCommandLine(string[] args)
    {
        var values = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        for (var i = 0; i < args.Length; i++)
        {
            var arg = args[i];
            if (!arg.StartsWith("--", StringComparison.Ordinal))
            {
                throw new StartException(
                    Say(
                        $"'{arg}' is not an option; options look like --port 8080 or --Section:Key=value.",
                        $"“{arg}”不是选项；选项写作 --port 8080 或 --Section:Key=value。"
                    )
                );
            }
            var equals = arg.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0)
            {
                values[arg[2..equals]] = arg[(equals + 1)..];
            }
            else if (i + 1 < args.Length && !args[i + 1].StartsWith("--", StringComparison.Ordinal))
            {
                values[arg[2..]] = args[++i];
            }
            else
            {
                throw new StartException(Say($"{arg} needs a value.", $"{arg} 需要一个值。"));
            }
        }
        return values;
    }

    // HCCHAT_Section__Key. Names without a section are ours only when they are one of the short ones: HCCHAT_ROOM and the like belong to the client's verbs.
    private static Dictionary<string, string?> ReadEnvironment()
    {
        var values = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        foreach (System.Collections.DictionaryEntry entry in Environment.GetEnvironmentVariables())
        {
            var name = (string)entry.Key;
            if (!name.StartsWith(EnvironmentPrefix, StringComparison.OrdinalIgnoreCase))
            {
                continue;
            }
            var key = name[EnvironmentPrefix.Length..].Replace("__", ":", StringComparison.Ordinal);
            if (
                key.Contains(':', StringComparison.Ordinal)
                || s_shortNames.Contains(key, StringComparer.OrdinalIgnoreCase)
            )
            {
                values[key] = (string?)entry.Value;
            }
        }
        return values;
    }

    private static void Assign(object section, string key, ReadOnlySpan<string> path, string value)
    {
        var property = section
            .GetType()
            .GetProperty(path[0], BindingFlags.IgnoreCase | BindingFlags.Instance | BindingFlags.Public);
        if (property is null || (path.Length == 1) != IsValue(property.PropertyType))
        {
            throw new StartException(Say($"{key} is not a setting.", $"没有 {key} 这个设置。"));
        }
        if (path.Length > 1)
        {
            Assign(property.GetValue(section)!, key, path[1..], value);
            return;
        }
        object? parsed = property.PropertyType switch
        {
            var t when t == typeof(string) => value,
            var t when t == typeof(int) && int.TryParse(value, CultureInfo.InvariantCulture, out var number) => number,
            var t when t == typeof(long) && long.TryParse(value, CultureInfo.InvariantCulture, out var number) =>
                number,
            var t when t == typeof(bool) && bool.TryParse(value, out var flag) => flag,
            _ => null,
        };
        property.SetValue(section, parsed ?? throw new StartException(Wrong(key, value, property.PropertyType)));
    }

    private static bool IsValue(Type type) => type == typeof(string) || type.IsPrimitive;

    private static string Wrong(string key, string value, Type type) =>
        type == typeof(bool)
            ? Say($"{key}: '{value}' is neither true nor false.", $"{key}：“{value}”既不是 true 也不是 false。")
            : Say($"{key}: '{value}' is not a number.", $"{key}：“{value}”不是数字。");
}
