using System.Collections.Concurrent;
using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace HCChat.Server.Chat;

/// <summary>
/// Session tokens (JWT, RFC 7519, HS256): who somebody was, so that a connection can be taken up again. Rights are never in
/// them; they are asked anew when a session is restored.
/// </summary>
internal sealed class SessionTokens
{
    private const string Audience = "hcchat/session";
    private const string RoomsClaim = "rooms";
    private const int MaxRevoked = 100_000;

    // hack.chat's lifetime; clients keep the token about as long.
    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(7);

    private readonly JsonWebTokenHandler _handler = new() { SetDefaultTimesOnTokenCreation = false };
    private readonly byte[] _key;
    private readonly SigningCredentials _credentials;
    private readonly TimeProvider _time;
    private readonly ConcurrentDictionary<string, DateTimeOffset> _revoked = new();

    /// <param name="key">At least 32 random bytes, kept in the data folder so that tokens outlive a restart.</param>
    /// <param name="time">Server clock.</param>
    public SessionTokens(byte[] key, TimeProvider time)
    {
        _key = key;
        _credentials = new SigningCredentials(new SymmetricSecurityKey(key), SecurityAlgorithms.HmacSha256);
        _time = time;
    }

    /// <summary>A room that the session was in.</summary>
    internal sealed record Seat(string Channel, string Nick, string Trip, string? Color, bool Admitted = false);

    /// <summary>What a good token says.</summary>
    internal sealed record Claims(
        string SessionId,
        long UserId,
        IReadOnlyList<Seat> Seats,
        string? Key = null,
        string? Account = null,
        string? Login = null
    );

    /// <summary>A token for the session as it is now.</summary>
    public string Issue(Claims claims)
    {
        var now = _time.GetUtcNow();
        return _handler.CreateToken(
            new SecurityTokenDescriptor
            {
                Audience = Audience,
                IssuedAt = now.UtcDateTime,
                NotBefore = now.UtcDateTime,
                Expires = (now + Lifetime).UtcDateTime,
                SigningCredentials = _credentials,
                Subject = new ClaimsIdentity([
                    new Claim("sid", claims.SessionId),
                    new Claim("uid", claims.UserId.ToString(System.Globalization.CultureInfo.InvariantCulture)),
                    new Claim(RoomsClaim, JsonSerializer.Serialize(claims.Seats)),
                ]),
            }
        );
    }

    /// <summary>Reads a token; null when it is not ours, too old or revoked.</summary>
    public async Task<Claims?> ReadAsync(string token)
    {
        var result = await _handler.ValidateTokenAsync(
            token,
            new TokenValidationParameters
            {
                ValidAudience = Audience,
                ValidateIssuer = false,
                IssuerSigningKey = _credentials.Key,
                ValidAlgorithms = [SecurityAlgorithms.HmacSha256],
                LifetimeValidator = (from, to, _, _) =>
                    _time.GetUtcNow().UtcDateTime is var now && from <= now.AddMinutes(1) && to > now,
            }
        );
        if (!result.IsValid || result.SecurityToken is not JsonWebToken jwt)
        {
            return null;
        }
        var sid = jwt.GetClaim("sid").Value;
        var uid = long.Parse(jwt.GetClaim("uid").Value, System.Globalization.CultureInfo.InvariantCulture);
        var seats = JsonSerializer.Deserialize<List<Seat>>(jwt.GetClaim(RoomsClaim).Value) ?? [];
        return IsRevoked(sid) ? null : new Claims(sid, uid, seats);
    }

    /// <summary>Whether the session was ended for good.</summary>
    public bool IsRevoked(string sessionId) => _revoked.ContainsKey(sessionId);

    /// <summary>A name for whoever has no session, the same each time and after a restart; it gives away nothing of what it is made from.</summary>
    public string Name(string of) =>
        Convert.ToHexStringLower(HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes(of)).AsSpan(0, 16));

    /// <summary>Ends a session for good: none of its tokens is taken any more.</summary>
    public void Revoke(string sessionId)
    {
        var now = _time.GetUtcNow();
        if (_revoked.Count >= MaxRevoked)
        {
            foreach (var (sid, until) in _revoked)
            {
                if (until < now)
                {
                    _revoked.TryRemove(sid, out _);
                }
            }
        }
        _revoked[sessionId] = now + Lifetime;
    }
}
