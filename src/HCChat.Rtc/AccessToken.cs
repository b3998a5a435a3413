using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace HCChat.Rtc;

/// <summary>What a token lets its bearer do in one call. The identity is the server's to choose, never the client's.</summary>
/// <param name="Room">The one call that may be entered.</param>
/// <param name="Identity">Who the bearer is in the call. A second one of the same identity puts the first one out.</param>
/// <param name="Name">Shown to the others.</param>
/// <param name="Metadata">Shown to the others, as it is.</param>
/// <param name="CanPublish">May send media.</param>
/// <param name="CanSubscribe">May receive media.</param>
/// <param name="CanPublishData">May send data packets.</param>
/// <param name="Expires">When it ends. It is looked at when somebody comes in or comes back, not in between.</param>
public sealed record Grant(
    string Room,
    string Identity,
    string Name,
    string Metadata,
    bool CanPublish,
    bool CanSubscribe,
    bool CanPublishData,
    DateTimeOffset Expires
);

/// <summary>
/// LiveKit's access tokens: JWT signed with HMAC-SHA256 under the API secret as it is written, <c>iss</c> the API key, <c>sub</c> the identity, and
/// what is allowed under <c>video</c> (livekit/protocol, auth/grants.go). The same token opens the built-in calls and a real LiveKit.
/// </summary>
public sealed class AccessToken
{
    private static readonly TimeSpan s_skew = TimeSpan.FromSeconds(60);
    private readonly JsonWebTokenHandler _handler = new() { SetDefaultTimesOnTokenCreation = false };
    private readonly string _key;
    private readonly SymmetricSecurityKey _secret;
    private readonly TimeProvider _time;

    /// <param name="key">The API key: a name.</param>
    /// <param name="secret">The API secret, at least 32 characters.</param>
    /// <exception cref="ArgumentException">The secret is shorter.</exception>
    public AccessToken(string key, string secret, TimeProvider time)
    {
        if (secret.Length < 32)
            throw new ArgumentException("An API secret of calls has at least 32 characters.", nameof(secret));
        _key = key;
        _secret = new SymmetricSecurityKey(Encoding.UTF8.GetBytes(secret));
        _time = time;
    }

    /// <summary>A token for exactly what is granted. The grant's <see cref="Grant.Expires"/> becomes <c>exp</c>.</summary>
    public string Issue(Grant grant) =>
        Sign(
            grant.Expires,
            new Dictionary<string, object>
            {
                ["sub"] = grant.Identity,
                ["name"] = grant.Name,
                ["metadata"] = grant.Metadata,
                ["video"] = new Dictionary<string, object>
                {
                    ["room"] = grant.Room,
                    ["roomJoin"] = true,
                    ["canPublish"] = grant.CanPublish,
                    ["canSubscribe"] = grant.CanSubscribe,
                    ["canPublishData"] = grant.CanPublishData,
                },
            }
        );

    /// <summary>A token with which a server manages one call (LiveKit's room service). Good for a minute.</summary>
    public string IssueForService(string room) =>
        Sign(
            _time.GetUtcNow().AddMinutes(1),
            new Dictionary<string, object>
            {
                ["video"] = new Dictionary<string, object> { ["room"] = room, ["roomAdmin"] = true },
            }
        );

    /// <summary>
    /// The hash (SHA-256) that the body of a webhook has as it comes, by the claim <c>sha256</c> of its token; null when that is not of whoever has the secret.
    /// </summary>
    public async Task<byte[]?> VerifyWebhookAsync(string token)
    {
        if (await ReadAsync(token) is not { } jwt || !jwt.TryGetPayloadValue<string>("sha256", out var claimed))
        {
            return null;
        }
        Span<byte> said = stackalloc byte[SHA256.HashSizeInBytes + 1];
        return Convert.TryFromBase64String(claimed, said, out var length) ? said[..length].ToArray() : null;
    }

    /// <summary>What a token grants, or null when it is forged, expired, not yet valid, of another issuer, or not for entering a call.</summary>
    public async Task<Grant?> VerifyAsync(string token) => await ReadAsync(token) is { } jwt ? Read(jwt) : null;

    private string Sign(DateTimeOffset expires, Dictionary<string, object> claims)
    {
        var now = _time.GetUtcNow().UtcDateTime;
        return _handler.CreateToken(
            new SecurityTokenDescriptor
            {
                Issuer = _key,
                IssuedAt = now,
                NotBefore = now,
                Expires = expires.UtcDateTime,
                Claims = claims,
                SigningCredentials = new SigningCredentials(_secret, SecurityAlgorithms.HmacSha256),
            }
        );
    }

    private async Task<JsonWebToken?> ReadAsync(string token)
    {
        var result = await _handler.ValidateTokenAsync(
            token,
            new TokenValidationParameters
            {
                ValidIssuer = _key,
                ValidateAudience = false,
                IssuerSigningKey = _secret,
                ValidAlgorithms = [SecurityAlgorithms.HmacSha256],
                RequireExpirationTime = true,
                RequireSignedTokens = true,
                LifetimeValidator = (from, until, _, _) => IsCurrent(from, until),
            }
        );
        return result.IsValid ? result.SecurityToken as JsonWebToken : null;
    }

    private bool IsCurrent(DateTime? from, DateTime? until)
    {
        var now = _time.GetUtcNow().UtcDateTime;
        return until is { } end && now < end + s_skew && (from is not { } start || now >= start - s_skew);
    }

    private static Grant? Read(JsonWebToken token)
    {
        if (
            token.Subject is not { Length: > 0 } identity
            || !token.TryGetPayloadValue<JsonElement>("video", out var json)
        )
            return null;
        VideoGrant? video;
        try
        {
            video = json.Deserialize(AccessTokenJson.Default.VideoGrant);
        }
        catch (JsonException)
        {
            return null;
        }
        if (video is not { RoomJoin: true, Room: { Length: > 0 } room })
            return null;
        return new Grant(
            room,
            identity,
            Text(token, "name"),
            Text(token, "metadata"),
            video.CanPublish ?? true,
            video.CanSubscribe ?? true,
            video.CanPublishData ?? true,
            new DateTimeOffset(token.ValidTo, TimeSpan.Zero)
        );
    }

    private static string Text(JsonWebToken token, string claim) =>
        token.TryGetPayloadValue<string>(claim, out var text) ? text ?? "" : "";
}

/// <summary>The claim <c>video</c>. What is absent of the three permissions is allowed.</summary>
internal sealed record VideoGrant(
    bool RoomJoin,
    string? Room,
    bool? CanPublish,
    bool? CanSubscribe,
    bool? CanPublishData
);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(VideoGrant))]
internal sealed partial class AccessTokenJson : JsonSerializerContext;
