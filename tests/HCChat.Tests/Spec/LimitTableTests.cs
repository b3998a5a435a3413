using System.Globalization;
using System.Reflection;
using HCChat.Protocol;
using HCChat.Server.Api;
using HCChat.Server.Attachments;
using HCChat.Server.Chat;
using HCChat.Server.Hosting;
using HCChat.Server.Messages;
using HCChat.Tests.Layout;

namespace HCChat.Tests.Spec;

/// <summary><c>docs/limits.md</c> names every limit with its number, in both languages.</summary>
public sealed class LimitTableTests
{
    [Theory]
    [InlineData("limits.md")]
    [InlineData("limits.zh-CN.md")]
    public void Every_limit_of_the_program_stands_on_the_page(string page)
    {
        var rows = File.ReadLines(Path.Combine(Repository.Root, "docs", page))
            .Where(l => l.StartsWith("| `", StringComparison.Ordinal))
            .Select(l => l.Trim('|', ' ').Split('|', StringSplitOptions.TrimEntries))
            .ToDictionary(c => c[0].Trim('`'), c => c[1].Split(' ')[0].Replace(",", "", StringComparison.Ordinal));
        Assert.Equal(
            Declared().OrderBy(d => d.Key, StringComparer.Ordinal),
            rows.OrderBy(r => r.Key, StringComparer.Ordinal)
        );
    }

    private static Dictionary<string, string> Declared()
    {
        var gateway = new GatewayOptions();
        string[] guard =
        [
            "ConnectionLimit",
            "AddressLimit",
            "IdentityLimit",
            "ConnectionBytes",
            "AddressBytes",
            "IdentityBytes",
            "Patience",
            "MaxAddresses",
        ];
        string[] raids = ["RoomArrivals", "ServerArrivals", "AddressArrivals", "MaxWatched"];
        var declared = typeof(Limits)
            .GetFields(BindingFlags.Public | BindingFlags.Static)
            .Concat(Constants(typeof(Announcement)))
            .Concat(Constants(typeof(Quota)))
            .Concat(Constants(typeof(NamedObjects)))
            .Concat(guard.Select(n => typeof(FloodGuard).GetField(n, BindingFlags.NonPublic | BindingFlags.Static)!))
            .Concat(raids.Select(n => typeof(Raids).GetField(n, BindingFlags.NonPublic | BindingFlags.Static)!))
            .ToDictionary(f => f.Name, f => Convert.ToString(f.GetRawConstantValue(), CultureInfo.InvariantCulture)!);
        declared["MaxConnections"] = gateway.MaxConnections.ToString(CultureInfo.InvariantCulture);
        declared["MaxConnectionsPerAddress"] = gateway.MaxConnectionsPerAddress.ToString(CultureInfo.InvariantCulture);
        return declared;
    }

    private static FieldInfo[] Constants(Type type) => type.GetFields(BindingFlags.Public | BindingFlags.Static);
}
