using System.Globalization;
using System.Text;
using System.Text.Json;

namespace HCChat.Protocol;

/// <summary>
/// One JSON object that a peer sent, as its top-level members. A view over the bytes it was parsed from, to be used before they
/// change; an instance is reused for the next message. Like JavaScript, and unlike
/// <see cref="JsonElement"/>, it accepts lone surrogates (stock clients send them) and lets the last of two equal names win.
/// </summary>
public sealed class Incoming
{
    /// <summary>Members beyond this many are not seen; the richest honest message has a dozen.</summary>
    private const int MaxMembers = 64;

    private readonly (string Name, JsonTokenType Kind, int Start, int Length)[] _members = new (
        string,
        JsonTokenType,
        int,
        int
    )[MaxMembers];
    private ReadOnlyMemory<byte> _utf8;
    private int _count;

    /// <summary>Its size, bytes.</summary>
    public int Length => _utf8.Length;

    /// <summary>What <see cref="Parse"/> found.</summary>
    public enum Shape
    {
        /// <summary>Not JSON.</summary>
        Malformed,

        /// <summary>JSON, but not an object: to be ignored.</summary>
        NotAnObject,

        /// <summary>An object.</summary>
        Object,
    }

    /// <summary>Reads one message.</summary>
    /// <param name="utf8">The message; must not change while this instance is used.</param>
    public Shape Parse(ReadOnlyMemory<byte> utf8)
    {
        _utf8 = utf8;
        _count = 0;
        if (!System.Text.Unicode.Utf8.IsValid(utf8.Span))
        {
            return Shape.Malformed;
        }
        try
        {
            var reader = new Utf8JsonReader(utf8.Span);
            if (!reader.Read())
            {
                return Shape.Malformed;
            }
            var isObject = reader.TokenType == JsonTokenType.StartObject;
            if (isObject)
            {
                ReadMembers(ref reader);
            }
            else
            {
                reader.Skip();
            }
            // One more read finds what stands behind the value, which is no JSON message.
            return reader.Read() ? Shape.Malformed
                : isObject ? Shape.Object
                : Shape.NotAnObject;
        }
        catch (JsonException)
        {
            _count = 0;
            return Shape.Malformed;
        }
    }

    /// <summary>Whether the member is there at all; <c>null</c> counts.</summary>
    public bool Has(string name) => Find(name) >= 0;

    /// <summary>The member when it is a string, else null.</summary>
    public string? String(string name) =>
        Find(name) is var i and >= 0 && _members[i].Kind == JsonTokenType.String ? Unescape(Raw(i)) : null;

    /// <summary>The member when it is a whole number that fits, else null.</summary>
    public long? Integer(string name) =>
        Find(name) is var i and >= 0
        && _members[i].Kind == JsonTokenType.Number
        && double.TryParse(Raw(i), NumberStyles.Float, CultureInfo.InvariantCulture, out var d)
        && Math.Abs(d) < 1L << 53
        && Math.Floor(d) == d
            ? (long)d
            : null;

    /// <summary>The JSON text of the member when it is of that kind, else empty.</summary>
    public ReadOnlySpan<byte> Json(string name, JsonTokenType kind) =>
        Find(name) is var i and >= 0 && _members[i].Kind == kind ? Raw(i) : default;

    /// <summary>The strings of an array member; empty when it is none. Items that are not strings are left out.</summary>
    public IReadOnlyList<string> Strings(string name)
    {
        var found = new List<string>();
        var array = Json(name, JsonTokenType.StartArray);
        var reader = new Utf8JsonReader(array);
        while (!array.IsEmpty && reader.Read())
        {
            if (reader.TokenType == JsonTokenType.String && reader.CurrentDepth == 1)
            {
                found.Add(Unescape(reader.ValueSpan, quoted: false));
            }
        }
        return found;
    }

    /// <summary>The whole numbers of an array member; empty when it is none.</summary>
    public IReadOnlyList<long> Integers(string name)
    {
        var found = new List<long>();
        var array = Json(name, JsonTokenType.StartArray);
        var reader = new Utf8JsonReader(array);
        while (!array.IsEmpty && reader.Read())
        {
            if (reader.TokenType == JsonTokenType.Number && reader.CurrentDepth == 1 && reader.TryGetInt64(out var n))
            {
                found.Add(n);
            }
        }
        return found;
    }

    /// <summary>
    /// The member as the characters that JavaScript would make a string of it (a pass code may come as a number), or null when it is
    /// missing or falsy. For secrets: no string is made, the array never moves, and the caller clears it.
    /// </summary>
    public char[]? Characters(string name)
    {
        var i = Find(name);
        if (i < 0)
        {
            return null;
        }
        return _members[i].Kind switch
        {
            JsonTokenType.String => Decode(Raw(i)),
            JsonTokenType.True => [.. "true"],
            JsonTokenType.Number => NumberText(Raw(i))?.ToCharArray(),
            JsonTokenType.StartObject => [.. "[object Object]"],
            JsonTokenType.StartArray => string.Join(',', Strings(name)).ToCharArray(),
            _ => null,
        };
    }

    private void ReadMembers(ref Utf8JsonReader reader)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = Unescape(reader.ValueSpan, quoted: false);
            reader.Read();
            var kind = reader.TokenType;
            var start = (int)reader.TokenStartIndex;
            reader.Skip();
            var member = (name, kind, start, (int)reader.BytesConsumed - start);
            if (Find(name) is var i and >= 0)
            {
                _members[i] = member;
            }
            else if (_count < MaxMembers)
            {
                _members[_count++] = member;
            }
        }
    }

    private int Find(string name)
    {
        for (var i = 0; i < _count; i++)
        {
            if (_members[i].Name == name)
            {
                return i;
            }
        }
        return -1;
    }

    private ReadOnlySpan<byte> Raw(int i) => _utf8.Span.Slice(_members[i].Start, _members[i].Length);

    private static string? NumberText(ReadOnlySpan<byte> raw)
    {
        var d = double.Parse(raw, NumberStyles.Float, CultureInfo.InvariantCulture);
        return d == 0 ? null
            : Math.Abs(d) < 1e21 && Math.Floor(d) == d ? d.ToString("F0", CultureInfo.InvariantCulture)
            : d.ToString("R", CultureInfo.InvariantCulture);
    }

    private static string Unescape(ReadOnlySpan<byte> raw, bool quoted = true)
    {
        raw = quoted ? raw[1..^1] : raw;
        if (!raw.Contains((byte)'\\'))
        {
            return Encoding.UTF8.GetString(raw);
        }
        var text = new char[raw.Length];
        return new string(text, 0, Unescape(raw, text));
    }

    private static char[]? Decode(ReadOnlySpan<byte> quoted)
    {
        var text = GC.AllocateUninitializedArray<char>(quoted.Length, pinned: true);
        var length = Unescape(quoted[1..^1], text);
        var exact = length == 0 ? null : GC.AllocateUninitializedArray<char>(length, pinned: true);
        text.AsSpan(0, length).CopyTo(exact);
        text.AsSpan().Clear();
        return exact;
    }

    // JSON strings by RFC 8259 §7. The reader has checked the syntax, so every escape is whole. A string is never longer than its source.
    private static int Unescape(ReadOnlySpan<byte> raw, Span<char> text)
    {
        var length = 0;
        while (!raw.IsEmpty)
        {
            var plain = raw.IndexOf((byte)'\\');
            plain = plain < 0 ? raw.Length : plain;
            length += Encoding.UTF8.GetChars(raw[..plain], text[length..]);
            raw = raw[plain..];
            if (raw.IsEmpty)
            {
                break;
            }
            if (raw[1] == 'u')
            {
                text[length++] = (char)
                    ushort.Parse(raw.Slice(2, 4), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
                raw = raw[6..];
                continue;
            }
            text[length++] = raw[1] switch
            {
                (byte)'b' => '\b',
                (byte)'f' => '\f',
                (byte)'n' => '\n',
                (byte)'r' => '\r',
                (byte)'t' => '\t',
                var same => (char)same,
            };
            raw = raw[2..];
        }
        return length;
    }
}
