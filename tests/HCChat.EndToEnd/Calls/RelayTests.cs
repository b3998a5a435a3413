using System.Net;
using HCChat.Cli.Doctor;
using HCChat.Server.Calls;
using HCChat.Server.Hosting;
using Microsoft.Extensions.Time.Testing;

namespace HCChat.EndToEnd.Calls;

/// <summary>A real relay takes our credentials and nobody else's, and under our configuration sends to no network that is not the internet.</summary>
public sealed class RelayTests : IAsyncLifetime
{
    private const string New = "the-new-secret";
    private const string Old = "the-old-secret";
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);
    private readonly CancellationTokenSource _patience = new(s_patience, TimeProvider.System);
    private Coturn _relay = null!;

    // By every form in which an address that is not the internet's can be written.
    private static readonly string[] s_special =
    [
        "0.0.0.0",
        "0.1.2.3",
        "10.0.0.5",
        "10.255.255.255",
        "100.64.0.1",
        "100.127.255.254",
        "127.0.0.1",
        "127.255.255.254",
        "169.254.169.254",
        "169.254.0.1",
        "172.16.0.1",
        "172.31.255.254",
        "192.0.0.8",
        "192.0.0.170",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.0.1",
        "192.168.255.254",
        "198.18.0.1",
        "198.19.255.254",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::ffff:127.0.0.1",
        "::ffff:0.0.0.0",
        "::ffff:10.0.0.5",
        "::ffff:169.254.169.254",
        "::ffff:192.168.1.1",
        "::ffff:0:127.0.0.1",
        "::127.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::1",
        "100::1",
        "100:0:0:1::1",
        "2001::1",
        "2001:db8::1",
        "2002:7f00:1::1",
        "2002:a9fe:a9fe::1",
        "2620:4f:8000::1",
        "3fff::1",
        "5f00::1",
        "fc00::1",
        "fd12:3456::1",
        "fe80::1",
        "fec0::1",
        "ff02::1",
    ];

    public async ValueTask InitializeAsync() => _relay = await Coturn.StartAsync(New, Old);

    public async ValueTask DisposeAsync()
    {
        _patience.Dispose();
        await _relay.DisposeAsync();
    }

    [Fact]
    public async Task It_sends_to_no_address_that_is_not_the_internets()
    {
        var refusals = new Dictionary<string, int?>();
        foreach (var v6 in new[] { false, true })
        {
            var (user, password) = Credentials(New);
            var to = new IPEndPoint(IPAddress.Loopback, _relay.Port);
            await using var path = StunPath.OverUdp(to, TimeProvider.System);
            var place = new TurnRelay(path, user, password);
            Assert.Null(await place.AllocateAsync(_patience.Token, v6));
            foreach (var address in s_special.Where(a => a.Contains(':', StringComparison.Ordinal) == v6))
            {
                refusals[address] = await place.PermitAsync(IPAddress.Parse(address), _patience.Token);
            }
            // So that this means something: to the internet it would.
            var far = IPAddress.Parse(v6 ? "2620:fe::fe" : "9.9.9.9");
            Assert.Null(await place.PermitAsync(far, _patience.Token));
        }
        Assert.True(refusals.Count >= 40);
        Assert.DoesNotContain(refusals, r => r.Value != 403);
    }

    [Theory]
    [InlineData(New, true)]
    [InlineData(Old, true)]
    [InlineData("somebody-else's", false)]
    public async Task It_takes_names_under_our_secrets_alone(string secret, bool isTaken)
    {
        var (user, password) = Credentials(secret);
        Assert.Equal(isTaken ? null : 401, await AskAsync(user, password));
    }

    [Fact]
    public async Task A_name_that_has_run_out_is_refused()
    {
        var earlier = new FakeTimeProvider(TimeProvider.System.GetUtcNow() - TurnCredentials.Lifetime.Multiply(1.1));
        var (user, password) = Credentials(New, earlier);
        Assert.Equal(401, await AskAsync(user, password));
    }

    [Fact]
    public async Task A_name_that_somebody_made_longer_is_refused()
    {
        var (user, password) = Credentials(New);
        Assert.Equal(401, await AskAsync("9" + user, password));
    }

    private async Task<int?> AskAsync(string user, string password)
    {
        var to = new IPEndPoint(IPAddress.Loopback, _relay.Port);
        await using var path = await StunPath.OverTcpAsync(
            to,
            null,
            isFramed: false,
            TimeProvider.System,
            _patience.Token
        );
        return await new TurnRelay(path, user, password).AllocateAsync(_patience.Token);
    }

    private static (string User, string Password) Credentials(string secret, TimeProvider? time = null)
    {
        var options = new TurnOptions { Urls = "turn:127.0.0.1", Secret = secret };
        var server = new TurnCredentials(options, time ?? TimeProvider.System).Issue()[0];
        return (server.Username, server.Credential);
    }
}
