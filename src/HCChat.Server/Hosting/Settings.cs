using System.Globalization;
using System.Net;
using System.Reflection;

namespace HCChat.Server.Hosting;

/// <summary>A setting that cannot be used, or a start that cannot succeed; the message is the one sentence that the operator reads.</summary>
public sealed class StartException(string message) : Exception(message);

/// <summary>From files, environment and command line to <see cref="ServerOptions"/>, or to a plain sentence about what is wrong.</summary>
internal static class Settings
{
    private const string EnvironmentPrefix = "HCCHAT_";
    private static readonly string[] s_shortNames = ["roles", "port", "urls", "data"];
    private static readonly string[] s_roles = ["gateway", "api"];

    /// <summary>Gathers all sources.</summary>
    /// <param name="args">The command line behind <c>serve</c>.</param>
    /// <exception cref="StartException">Something is not a setting.</exception>
    public static (ServerOptions Options, IConfiguration Configuration) Load(string[] args)
    {
        var commandLine = ParseCommandLine(args);
        commandLine.Remove("config", out var file);
        if (file is not null && !File.Exists(file))
        {
            throw new StartException($"--config: the file '{file}' does not exist.");
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
        catch (InvalidDataException)
        {
            throw new StartException($"'{file ?? "appsettings.json"}' is not valid JSON.");
        }
        var options = new ServerOptions();
        foreach (var (key, value) in configuration.AsEnumerable().Where(p => p.Value is not null).OrderBy(p => p.Key))
        {
            if (!key.StartsWith("Logging:", StringComparison.OrdinalIgnoreCase))
            {
                Assign(options, key, key.Split(':'), value!);
            }
        }
        Validate(options);
        return (options, configuration);
    }

    /// <summary>The items of a comma list.</summary>
    public static string[] List(string value) =>
        value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Whether this process has a role.</summary>
    public static bool HasRole(this ServerOptions options, string role) =>
        List(options.Roles).Any(r => r is "all" || r == role);

    private static Dictionary<string, string> ParseCommandLine(string[] args)
    {
        var values = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        for (var i = 0; i < args.Length; i++)
        {
            var arg = args[i];
            if (!arg.StartsWith("--", StringComparison.Ordinal))
            {
                throw new StartException(
                    $"'{arg}' is not an option; options look like --port 8080 or --Section:Key=value."
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
                throw new StartException($"{arg} needs a value.");
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
            throw new StartException($"{key} is not a setting.");
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
            var t when t == typeof(bool) && bool.TryParse(value, out var flag) => flag,
            _ => null,
        };
        property.SetValue(section, parsed ?? throw new StartException(Wrong(key, value, property.PropertyType)));
    }

    private static bool IsValue(Type type) => type == typeof(string) || type.IsPrimitive;

    private static string Wrong(string key, string value, Type type) =>
        type == typeof(bool) ? $"{key}: '{value}' is neither true nor false." : $"{key}: '{value}' is not a number.";

    private static void Validate(ServerOptions options)
    {
        foreach (var role in List(options.Roles))
        {
            if (role != "all" && !s_roles.Contains(role))
            {
                throw new StartException($"Roles: '{role}' is not one of {string.Join(", ", s_roles)}, all.");
            }
        }
        if (List(options.Roles).Length == 0)
        {
            throw new StartException($"Roles: name at least one of {string.Join(", ", s_roles)}, all.");
        }
        if (options.Port is < 0 or > 65_535)
        {
            throw new StartException($"Port: {options.Port} is not between 0 and 65535.");
        }
        foreach (
            var url in options.Urls.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
        )
        {
            // Kestrel's * and + stand for every address.
            var concrete = url.Replace("//*", "//0.0.0.0", StringComparison.Ordinal)
                .Replace("//+", "//0.0.0.0", StringComparison.Ordinal);
            if (!Uri.TryCreate(concrete, UriKind.Absolute, out var parsed) || parsed.Scheme is not "http")
            {
                throw new StartException(
                    $"Urls: '{url}' is not an address like http://127.0.0.1:8080 (TLS ends at a proxy)."
                );
            }
        }
        foreach (var origin in List(options.Gateway.AllowedOrigins))
        {
            if (
                !Uri.TryCreate(origin, UriKind.Absolute, out var parsed)
                || parsed.GetLeftPart(UriPartial.Authority) != origin
            )
            {
                throw new StartException(
                    $"Gateway:AllowedOrigins: '{origin}' is not an origin like https://chat.example."
                );
            }
        }
        foreach (var proxy in List(options.Gateway.TrustedProxies))
        {
            if (!IPNetwork.TryParse(proxy, out _) && !IPAddress.TryParse(proxy, out _))
            {
                throw new StartException($"Gateway:TrustedProxies: '{proxy}' is neither an address nor a network.");
            }
        }
        if (options.Compat.TripSalt.Length > 0 && options.Compat.TripSaltFile.Length > 0)
        {
            throw new StartException("Compat:TripSalt and Compat:TripSaltFile exclude each other.");
        }
        if (options.Compat.TripSaltFile.Length > 0 && !File.Exists(options.Compat.TripSaltFile))
        {
            throw new StartException($"Compat:TripSaltFile: '{options.Compat.TripSaltFile}' does not exist.");
        }
    }
}
