using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using HCChat.Server.Hosting;
using Microsoft.IdentityModel.Tokens;
using static HCChat.Server.Hosting.Language;

namespace HCChat.Server.Identities;

/// <summary>
/// The keys that sign what this server says of people: ES256 (RFC 7518 §3.4), in the data folder, the newest signs and the others are still believed. A new one
/// comes every month; whoever checks reads the key set, so nobody notices.
/// </summary>
internal sealed class TokenKeys : IDisposable
{
    private const string FileName = "token-keys.json";

    private static readonly TimeSpan s_lifetime = TimeSpan.FromDays(30);

    private readonly Lock _lock = new();
    private readonly DataFolder _data;
    private readonly TimeProvider _time;
    private List<Key> _keys;

    /// <exception cref="StartException">The file is damaged.</exception>
    public TokenKeys(DataFolder data, TimeProvider time)
    {
        _data = data;
        _time = time;
        _keys = Read(data.Text(FileName));
        Tick();
    }

    private sealed record Key(string Id, long Created, ECDsa Pair);

    /// <summary>What signs now.</summary>
    public SigningCredentials Signing
    {
        get
        {
            lock (_lock)
            {
                return new SigningCredentials(SecurityKeyOf(_keys[^1]), SecurityAlgorithms.EcdsaSha256);
            }
        }
    }

    /// <summary>The key of that name, or null. Nothing that a token says leads anywhere else.</summary>
    public SecurityKey? Find(string? id)
    {
        lock (_lock)
        {
            return _keys.Find(k => k.Id == id) is { } key ? SecurityKeyOf(key) : null;
        }
    }

    /// <summary>The public halves (RFC 7517).</summary>
    public string KeySet()
    {
        lock (_lock)
        {
            var keys = new JsonArray([.. _keys.Select(k => (JsonNode)PublicOf(k))]);
            return new JsonObject { ["keys"] = keys }.ToJsonString();
        }
    }

    /// <summary>Makes a new key when it is time.</summary>
    public void Tick()
    {
        lock (_lock)
        {
            var now = _time.GetUtcNow().ToUnixTimeMilliseconds();
            if (_keys.Count == 0)
            {
                Rotate(now);
            }
            else if (now - _keys[^1].Created > s_lifetime.TotalMilliseconds)
            {
                try
                {
                    Rotate(now);
                }
                catch (StartException)
                {
                    // No space, say. The old one still signs; the next second tries again.
                }
            }
        }
    }

    /// <summary>Makes a new key now.</summary>
    public void Rotate()
    {
        lock (_lock)
        {
            Rotate(_time.GetUtcNow().ToUnixTimeMilliseconds());
        }
    }

    public void Dispose() => _keys.ForEach(k => k.Pair.Dispose());

    // Two: what the older one signed has long run out when it goes.
    private void Rotate(long now)
    {
        var pair = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        List<Key> keys = [.. _keys.TakeLast(1), new Key(Thumbprint(pair), now, pair)];
        var stored = keys.Select(k =>
            (JsonNode)
                new JsonObject
                {
                    ["id"] = k.Id,
                    ["created"] = k.Created,
                    ["key"] = Convert.ToBase64String(k.Pair.ExportPkcs8PrivateKey()),
                }
        );
        _data.SetText(FileName, new JsonArray([.. stored]).ToJsonString());
        _keys = keys;
    }

    private static List<Key> Read(string? text)
    {
        if (text is null)
        {
            return [];
        }
        try
        {
            return
            [
                .. JsonNode
                    .Parse(text)!
                    .AsArray()
                    .Select(k =>
                    {
                        var pair = ECDsa.Create();
                        pair.ImportPkcs8PrivateKey(Convert.FromBase64String((string)k!["key"]!), out _);
                        return new Key((string)k["id"]!, (long)k["created"]!, pair);
                    }),
            ];
        }
        catch (Exception e)
            when (e
                    is JsonException
                        or FormatException
                        or CryptographicException
                        or InvalidOperationException
                        or NullReferenceException
            )
        {
            throw new StartException(
                Say(
                    $"'secrets/{FileName}' in the data folder is damaged: restore it or delete it.",
                    $"数据文件夹中的“secrets/{FileName}”已损坏：请恢复或删除它。"
                )
            );
        }
    }

    // The library would remember what it has made of a key for the whole process, and beyond the key's end.
    private static ECDsaSecurityKey SecurityKeyOf(Key key) =>
        new(key.Pair)
        {
            KeyId = key.Id,
            CryptoProviderFactory = new CryptoProviderFactory { CacheSignatureProviders = false },
        };

    private static JsonObject PublicOf(Key key)
    {
        var point = key.Pair.ExportParameters(includePrivateParameters: false).Q;
        return new JsonObject
        {
            ["kty"] = "EC",
            ["crv"] = "P-256",
            ["x"] = Base64Url.EncodeToString(point.X),
            ["y"] = Base64Url.EncodeToString(point.Y),
            ["kid"] = key.Id,
            ["use"] = "sig",
            ["alg"] = "ES256",
        };
    }

    // RFC 7638.
    private static string Thumbprint(ECDsa pair)
    {
        var point = pair.ExportParameters(includePrivateParameters: false).Q;
        var (x, y) = (Base64Url.EncodeToString(point.X), Base64Url.EncodeToString(point.Y));
        var canonical = $$"""{"crv":"P-256","kty":"EC","x":"{{x}}","y":"{{y}}"}""";
        return Base64Url.EncodeToString(SHA256.HashData(System.Text.Encoding.ASCII.GetBytes(canonical)));
    }
}
