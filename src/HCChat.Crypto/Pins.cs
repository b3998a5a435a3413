using System.Buffers;
using System.Text.Json;

namespace HCChat.Crypto;

/// <summary>How a message stands to the key that its nick is known by (spec/crypto.md §4a).</summary>
public enum Standing
{
    /// <summary>Not signed, of a nick that never signed: no mark.</summary>
    Unsigned,

    /// <summary>Signed, the first of its nick; the key is pinned now.</summary>
    First,

    /// <summary>Signed with the pinned key.</summary>
    Pinned,

    /// <summary>Signed with the pinned key, whose fingerprint the user has compared.</summary>
    Verified,

    /// <summary>Signed with another key than the pinned one: warn, and let the user decide.</summary>
    Changed,

    /// <summary>Not signed, although its nick signs: warn, for whoever has the room's key could have written it.</summary>
    Missing,
}

/// <summary>A key by which a nick is known in a room.</summary>
/// <param name="Nick">The nick as it was last signed.</param>
/// <param name="Key">Its key.</param>
/// <param name="Verified">Whether the user has compared the fingerprint.</param>
public sealed record Pin(string Nick, IdentityKey Key, bool Verified);

/// <summary>What is to be made of a message's author.</summary>
/// <param name="Standing">The verdict.</param>
/// <param name="Pin">What its nick was known by before; null when by nothing.</param>
public readonly record struct Sighting(Standing Standing, Pin? Pin);

/// <summary>
/// The keys that the nicks of one room have signed with (spec/crypto.md §4a). Nothing but the user changes a pin. Keeps itself nowhere: the caller stores
/// <see cref="ToJson"/>. Not safe for concurrent use.
/// </summary>
public sealed class Pins
{
    /// <summary>Pins that are kept; the one unused for longest goes, but none that was verified.</summary>
    public const int Max = 10_000;

    private readonly Dictionary<string, LinkedListNode<Pin>> _byNick = new(StringComparer.Ordinal);
    private readonly LinkedList<Pin> _byUse = []; // the one unused for longest first
    private readonly int _max;

    /// <summary>Nobody is known yet.</summary>
    public Pins()
        : this(Max) { }

    /// <summary>The same with another bound, for tests.</summary>
    internal Pins(int max) => _max = max;

    /// <summary>How many.</summary>
    public int Count => _byNick.Count;

    /// <summary>All, the one unused for longest first.</summary>
    public IReadOnlyList<Pin> All => [.. _byUse];

    /// <summary>What a nick is known by; null when by nothing.</summary>
    public Pin? Find(string nick) => NodeOf(nick)?.Value;

    /// <summary>Judges an author without taking note.</summary>
    /// <param name="nick">The nick in the content, not the server's word.</param>
    /// <param name="signer">Who signed; null when nobody did.</param>
    public Sighting Judge(string nick, IdentityKey? signer)
    {
        var pin = Find(nick);
        var standing = (pin, signer) switch
        {
            (null, null) => Standing.Unsigned,
            (null, _) => Standing.First,
            (_, null) => Standing.Missing,
            _ when pin.Key != signer => Standing.Changed,
            _ => pin.Verified ? Standing.Verified : Standing.Pinned,
        };
        return new Sighting(standing, pin);
    }

    /// <summary>Judges an author, and pins the key when it is the first. Worth storing then; otherwise only the order of use has changed.</summary>
    public Sighting See(string nick, IdentityKey? signer)
    {
        var seen = Judge(nick, signer);
        if (seen.Standing == Standing.First)
        {
            Add(new Pin(nick, signer!, Verified: false));
        }
        else if (NodeOf(nick) is { } known)
        {
            Use(
                known,
                seen.Standing is Standing.Pinned or Standing.Verified ? known.Value with { Nick = nick } : known.Value
            );
        }
        return seen;
    }

    /// <summary>The user takes this key for that nick's from now on. Unless it was before, it is not verified.</summary>
    public void Accept(string nick, IdentityKey key)
    {
        if (NodeOf(nick) is not { } known)
        {
            Add(new Pin(nick, key, Verified: false));
        }
        else if (known.Value.Key != key)
        {
            Use(known, new Pin(nick, key, Verified: false));
        }
    }

    /// <summary>The user has compared the fingerprint.</summary>
    /// <returns>False when that key is not, or no longer, the nick's: nothing was changed.</returns>
    public bool Verify(string nick, IdentityKey key)
    {
        if (NodeOf(nick) is not { } known || known.Value.Key != key)
        {
            return false;
        }
        Use(known, known.Value with { Verified = true });
        return true;
    }

    /// <summary>The other nicks that have this key, the one unused for longest first.</summary>
    public IReadOnlyList<string> AlsoKnownAs(string nick, IdentityKey key)
    {
        var folded = NickFold.Fold(nick);
        return [.. _byUse.Where(pin => pin.Key == key && NickFold.Fold(pin.Nick) != folded).Select(pin => pin.Nick)];
    }

    /// <summary>All of it as UTF-8 JSON, in the order of use.</summary>
    public byte[] ToJson()
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteStartArray("pins");
            foreach (var pin in _byUse)
            {
                json.WriteStartObject();
                JsonText.Write(json, "nick", pin.Nick);
                json.WriteString("key", pin.Key.Text);
                if (pin.Verified)
                {
                    json.WriteBoolean("verified", true);
                }
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Reads what <see cref="ToJson"/> wrote.</summary>
    /// <exception cref="E2eeException"><see cref="E2eeError.Format"/>: anything else.</exception>
    public static Pins Parse(ReadOnlyMemory<byte> utf8)
    {
        using var json = JsonText.Parse(utf8);
        if (!json.RootElement.TryGetProperty("pins", out var list) || list.ValueKind != JsonValueKind.Array)
        {
            throw new E2eeException(E2eeError.Format);
        }
        var pins = new Pins();
        foreach (var pin in list.EnumerateArray())
        {
            pins.Add(Read(pin));
        }
        return pins;
    }

    private static Pin Read(JsonElement pin)
    {
        if (
            pin.ValueKind == JsonValueKind.Object
            && JsonText.String(pin, "nick") is { } nick
            && JsonText.String(pin, "key") is { } key
        )
        {
            var verified = pin.TryGetProperty("verified", out var value) ? value.ValueKind : JsonValueKind.False;
            if (verified is JsonValueKind.True or JsonValueKind.False)
            {
                return new Pin(nick, IdentityKey.Parse(key), verified == JsonValueKind.True);
            }
        }
        throw new E2eeException(E2eeError.Format);
    }

    private LinkedListNode<Pin>? NodeOf(string nick) => _byNick.GetValueOrDefault(NickFold.Fold(nick));

    private void Use(LinkedListNode<Pin> known, Pin pin)
    {
        known.Value = pin;
        _byUse.Remove(known);
        _byUse.AddLast(known);
    }

    private void Add(Pin pin)
    {
        var nick = NickFold.Fold(pin.Nick);
        if (_byNick.Remove(nick, out var earlier))
        {
            _byUse.Remove(earlier);
        }
        _byNick[nick] = _byUse.AddLast(pin);
        if (_byNick.Count > _max)
        {
            Forget(_byUse.First!);
        }
    }

    /// <summary>Forgets the first that was not verified; the newest of all when every other was.</summary>
    private void Forget(LinkedListNode<Pin> candidate)
    {
        while (candidate is { Value.Verified: true, Next: { } next })
        {
            candidate = next;
        }
        _byUse.Remove(candidate);
        _byNick.Remove(NickFold.Fold(candidate.Value.Nick));
    }
}
