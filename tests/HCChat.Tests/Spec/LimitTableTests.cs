using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using HCChat.Protocol;
using HCChat.Rtc.Media;
using HCChat.Rtc.Rooms;
using HCChat.Rtc.Signal;
using HCChat.Rtc.Transport;
using HCChat.Server.Api;
using HCChat.Server.Attachments;
using HCChat.Server.Calls;
using HCChat.Server.Chat;
using HCChat.Server.Hosting;
using HCChat.Server.Messages;
using HCChat.Tests.Layout;

namespace HCChat.Tests.Spec;

/// <summary><c>docs/limits.md</c> names every limit with its number, in both languages.</summary>
public sealed partial class LimitTableTests
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

    [Theory]
    [InlineData("limits.md", "## Calls")]
    [InlineData("limits.zh-CN.md", "## 通话")]
    public void Every_number_about_calls_is_that_of_the_program(string page, string heading)
    {
        var rows = File.ReadLines(Path.Combine(Repository.Root, "docs", page))
            .SkipWhile(l => l != heading)
            .Skip(1)
            .TakeWhile(l => !l.StartsWith("## ", StringComparison.Ordinal))
            .Where(l => l.StartsWith("| ", StringComparison.Ordinal))
            .Skip(1)
            .Select(row =>
                string.Join(' ', Numbers().Matches(row).Select(m => m.Value.Replace(",", "", StringComparison.Ordinal)))
            );
        Assert.Equal(OfCalls().Select(numbers => string.Join(' ', numbers)), rows);
    }

    // In the order of the page.
    private static IEnumerable<double[]> OfCalls()
    {
        var rtc = new CallOptions();
        yield return [rtc.MaxParticipants];
        yield return [rtc.MaxRooms];
        yield return [rtc.MaxTracks];
        yield return [rtc.MaxBitrate];
        yield return [Calling.Ringing.TotalSeconds];
        Assert.Equal(CallSeats.Lifetime, TurnCredentials.Lifetime);
        yield return [CallSeats.Lifetime.TotalMinutes];
        yield return [RtcApi.MaxMetadata];
        yield return [SignalSocket.MaxMessage >> 20, CallMember.MessageRate, CallMember.MessageBurst];
        yield return [Watch.Patience.TotalSeconds];
        yield return
        [
            DataRelay.MaxMessage >> 10,
            CallMember.PacketRate,
            CallMember.DataRate / 1000,
            CallMember.PacketBurst,
            CallMember.DataBurst / 1_000_000,
        ];
        yield return [new MediaLimits().Sources];
        yield return [SrtpReceiver.MaxSources];
        yield return [SdpReader.MaxSections];
        yield return [IceSession.MaxLinks];
        yield return [MediaPort.MaxHandshakes];
        yield return
        [
            TcpPort.MaxPending,
            TcpPort.MaxPendingOfAddress,
            TcpPort.PendingTime.TotalSeconds,
            TcpPort.IdleTime.TotalSeconds,
        ];
        yield return [TcpLink.QueueLength >> 10];
    }

    [GeneratedRegex("[0-9][0-9,]*")]
    private static partial Regex Numbers();

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
