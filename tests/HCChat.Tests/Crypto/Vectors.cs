using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using HCChat.Crypto;

namespace HCChat.Tests.Crypto;

/// <summary>The files of spec/vectors and what they are made of.</summary>
internal static class Vectors
{
    /// <summary>Identities, signed envelopes and pins.</summary>
    public static readonly JsonElement Identity = Read("identity-vectors.json");

    /// <summary>What a message may say of files.</summary>
    public static readonly JsonElement Files = Read("file-vectors.json");

    /// <summary>Files of the HChat app.</summary>
    public static readonly JsonElement Hcss = Read("hcss-vectors.json");

    private static readonly JsonElement Root = Read("e2ee-vectors.json");

    private static readonly Dictionary<string, RoomKeys> Rooms = [];

    public static JsonElement.ArrayEnumerator Each(string name) => Root.GetProperty(name).EnumerateArray();

    public static JsonElement Get(string name) => Root.GetProperty(name);

    public static IEnumerable<JsonElement> In(this JsonElement json, string name) =>
        json.GetProperty(name).EnumerateArray();

    /// <summary>A string member, null when there is none.</summary>
    public static string? StrOrNull(this JsonElement json, string name) =>
        json.TryGetProperty(name, out var value) ? value.GetString() : null;

    public static string Str(this JsonElement json, string name) => json.GetProperty(name).GetString()!;

    public static byte[] Hex(this JsonElement json, string name) => Convert.FromHexString(json.Str(name));

    public static int Int(this JsonElement json, string name) => json.GetProperty(name).GetInt32();

    /// <summary>The keys of a room of the file; stretched once per test run.</summary>
    public static RoomKeys Room(string name)
    {
        lock (Rooms)
        {
            if (!Rooms.TryGetValue(name, out var keys))
            {
                var room = Each("rooms").Single(candidate => candidate.Str("name") == name);
                keys = room.TryGetProperty("roomKeyHex", out _)
                    ? new RoomKeys(new Secret(room.Hex("roomKeyHex")), room.Str("channel"))
                    : Passphrase.Derive(room.Str("passphrase"), room.Str("channel"), room.Hex("saltHex"));
                Rooms[name] = keys;
            }
            return keys;
        }
    }

    /// <summary>The file's plaintext of <paramref name="size"/> bytes.</summary>
    public static byte[] Pattern(int size) => [.. Enumerable.Range(0, size).Select(i => (byte)((i * 7) + (i >> 8)))];

    public static string Utf8(byte[] bytes) => Encoding.UTF8.GetString(bytes);

    private static JsonElement Read(string file) =>
        JsonDocument
            .Parse(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "spec", "vectors", file)))
            .RootElement;
}

/// <summary>
/// libsodium's own secretstream, for building chunks under a given header and with tags that our encoder never writes.
/// </summary>
internal sealed class SodiumStream
{
    private readonly byte[] _state = new byte[52];

    public SodiumStream(byte[] header, byte[] key)
    {
        if (crypto_secretstream_xchacha20poly1305_init_pull(_state, header, key) != 0)
        {
            throw new InvalidOperationException("init failed");
        }
    }

    public byte[] Push(byte[] plain, byte tag)
    {
        var chunk = new byte[plain.Length + 17];
        var failed = crypto_secretstream_xchacha20poly1305_push(
            _state,
            chunk,
            0,
            plain,
            (ulong)plain.Length,
            null,
            0,
            tag
        );
        return failed == 0 ? chunk : throw new InvalidOperationException("push failed");
    }

    [DllImport("libsodium")]
    private static extern int crypto_secretstream_xchacha20poly1305_init_pull(byte[] state, byte[] header, byte[] key);

    [DllImport("libsodium")]
    private static extern int crypto_secretstream_xchacha20poly1305_push(
        byte[] state,
        byte[] chunk,
        nint chunkLength,
        byte[] plain,
        ulong length,
        byte[]? ad,
        ulong adLength,
        byte tag
    );
}
