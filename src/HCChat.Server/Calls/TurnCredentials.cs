using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using HCChat.Rtc;
using HCChat.Server.Hosting;

namespace HCChat.Server.Calls;

/// <summary>
/// Names and passwords for a relay that are good for minutes (draft-uberti-behave-turn-rest-00, coturn's <c>use-auth-secret</c>): the name is when it ends and something random, the
/// password an HMAC-SHA1 of it. Nobody's identity goes to the relay.
/// </summary>
internal sealed class TurnCredentials(TurnOptions options, TimeProvider time)
{
    /// <summary>How long they are good.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(10);

    private readonly string[] _urls = Settings.List(options.Urls);

    // While a secret is exchanged, relays have the one or the other.
    private readonly byte[][] _secrets =
    [
        .. new[] { CallRules.Secret("Turn:Secret", options.Secret, options.SecretFile), options.PreviousSecret }
            .Where(s => s.Length > 0)
            .Select(Encoding.UTF8.GetBytes),
    ];

    /// <summary>New ones.</summary>
    public IReadOnlyList<IceServer> Issue()
    {
        var stun = _urls.Where(IsStun).ToArray();
        var turn = _urls.Where(u => !IsStun(u)).ToArray();
        var servers = new List<IceServer>();
        if (stun.Length > 0)
        {
            servers.Add(new IceServer(stun, "", ""));
        }
        if (turn.Length > 0)
        {
            var until = (time.GetUtcNow() + Lifetime).ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
            servers.AddRange(
                _secrets.Select(secret =>
                    Sign(turn, $"{until}:{RandomNumberGenerator.GetHexString(16, lowercase: true)}", secret)
                )
            );
        }
        return servers;
    }

#pragma warning disable CA5350 // SHA-1 is what relays expect; as an HMAC it is not weak.
    private static IceServer Sign(string[] urls, string name, byte[] secret) =>
        new(urls, name, Convert.ToBase64String(HMACSHA1.HashData(secret, Encoding.UTF8.GetBytes(name))));
#pragma warning restore CA5350

    private static bool IsStun(string url) => url.StartsWith("stun:", StringComparison.Ordinal);
}
