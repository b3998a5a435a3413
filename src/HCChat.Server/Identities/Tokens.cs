using System.Buffers.Text;
using System.Security.Cryptography;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace HCChat.Server.Identities;

/// <summary>
/// What this server says of people, signed and good for minutes (JWT, RFC 7519, by the rules of RFC 8725): who somebody is (<c>at+jwt</c>, RFC 9068), and that they
/// may be in a room. Rights are looked up anew whenever one is shown.
/// </summary>
internal sealed class Tokens(TokenKeys keys, TimeProvider time)
{
    /// <summary>How long they are good.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(10);

    private const string Issuer = "hcchat";
    private const string AccessType = "at+jwt";
    private const string RoomType = "room+jwt";
    private const string AccessAudience = "hcchat/access";
    private const string RoomAudience = "hcchat/room";

    private static readonly TimeSpan s_skew = TimeSpan.FromSeconds(30);

    // Who was put out of a room is remembered as long as this process lives: what it did not give out itself it cannot judge.
    private readonly string _run = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(9));

    private readonly JsonWebTokenHandler _handler = new()
    {
        SetDefaultTimesOnTokenCreation = false,
        MapInboundClaims = false,
    };

    /// <summary>Who somebody is.</summary>
    /// <param name="Subject"><c>account:</c> and an id, or <c>guest:</c> and something random.</param>
    /// <param name="Nick">What a guest wants to be called; null for accounts.</param>
    /// <param name="Trip">A guest's trip code, empty without one.</param>
    /// <param name="Login">An account's login, with which the token ends; empty for guests.</param>
    internal sealed record Access(string Subject, string? Nick, string Trip, string Login = "");

    /// <summary>That somebody may be in a room.</summary>
    /// <param name="Room">The room.</param>
    /// <param name="Nick">As whom.</param>
    /// <param name="Session">The session; what is said under it is the same author's.</param>
    /// <param name="Key">The proven key, or null.</param>
    /// <param name="Account">The account's identity, or null.</param>
    /// <param name="Trip">The trip code, empty without one.</param>
    /// <param name="Address">A name for the address that it was given to.</param>
    /// <param name="IsAdmitted">Whether an invitation or a password has opened the room.</param>
    /// <param name="IssuedAt">When, ms since 1970: whoever was put out since then is out.</param>
    /// <param name="Login">The login by which it has that account, with which it ends; empty without one.</param>
    internal sealed record Capability(
        string Room,
        string Nick,
        string Session,
        string? Key,
        string? Account,
        string Trip,
        string Address,
        bool IsAdmitted,
        long IssuedAt,
        string Login
    );

    /// <summary>Called every second: a new key is made when it is time.</summary>
    public void Tick() => keys.Tick();

    /// <summary>A token for who somebody is.</summary>
    public string Issue(Access access) =>
        Create(
            AccessType,
            AccessAudience,
            new()
            {
                ["sub"] = access.Subject,
                ["nick"] = access.Nick ?? "",
                ["trip"] = access.Trip,
                ["login"] = access.Login,
            }
        );

    /// <summary>A token for a room.</summary>
    public string Issue(Capability capability) =>
        Create(
            RoomType,
            RoomAudience,
            new()
            {
                ["sub"] = capability.Session,
                ["room"] = capability.Room,
                ["nick"] = capability.Nick,
                ["key"] = capability.Key ?? "",
                ["account"] = capability.Account ?? "",
                ["trip"] = capability.Trip,
                ["address"] = capability.Address,
                ["admitted"] = capability.IsAdmitted,
                ["at"] = capability.IssuedAt,
                ["login"] = capability.Login,
                ["run"] = _run,
            }
        );

    /// <summary>Reads who somebody is; null when the token is not one of ours, or not good now.</summary>
    public async Task<Access?> ReadAccessAsync(string token) =>
        await ReadAsync(token, AccessType, AccessAudience) is { } jwt
            ? new Access(jwt.Subject, NotEmpty(Text(jwt, "nick")), Text(jwt, "trip"), Text(jwt, "login"))
            : null;

    /// <summary>Reads that somebody may be in a room; null when the token is not one of this process, or not good now.</summary>
    public async Task<Capability?> ReadCapabilityAsync(string token) =>
        await ReadAsync(token, RoomType, RoomAudience) is { } jwt && Text(jwt, "run") == _run
            ? new Capability(
                Text(jwt, "room"),
                Text(jwt, "nick"),
                jwt.Subject,
                NotEmpty(Text(jwt, "key")),
                NotEmpty(Text(jwt, "account")),
                Text(jwt, "trip"),
                Text(jwt, "address"),
                jwt.TryGetPayloadValue<bool>("admitted", out var admitted) && admitted,
                jwt.TryGetPayloadValue<long>("at", out var at) ? at : 0,
                Text(jwt, "login")
            )
            : null;

    private string Create(string type, string audience, Dictionary<string, object> claims)
    {
        var now = time.GetUtcNow().UtcDateTime;
        return _handler.CreateToken(
            new SecurityTokenDescriptor
            {
                Issuer = Issuer,
                Audience = audience,
                IssuedAt = now,
                NotBefore = now,
                Expires = now + Lifetime,
                TokenType = type,
                SigningCredentials = keys.Signing,
                Claims = claims,
            }
        );
    }

    private async Task<JsonWebToken?> ReadAsync(string token, string type, string audience)
    {
        var result = await _handler.ValidateTokenAsync(
            token,
            new TokenValidationParameters
            {
                ValidIssuer = Issuer,
                ValidAudience = audience,
                ValidTypes = [type],
                ValidAlgorithms = [SecurityAlgorithms.EcdsaSha256],
                RequireSignedTokens = true,
                TryAllIssuerSigningKeys = false,
                IssuerSigningKeyResolver = (_, _, kid, _) => keys.Find(kid) is { } key ? [key] : [],
                LifetimeValidator = (from, to, _, _) =>
                    time.GetUtcNow().UtcDateTime is var now && from <= now + s_skew && to > now,
            }
        );
        return result.IsValid ? result.SecurityToken as JsonWebToken : null;
    }

    private static string Text(JsonWebToken jwt, string name) =>
        jwt.TryGetPayloadValue<string>(name, out var text) ? text ?? "" : "";

    private static string? NotEmpty(string text) => text.Length > 0 ? text : null;
}
