using System.Buffers;
using System.Globalization;
using System.Text;

namespace HCChat.Protocol;

/// <summary>
/// Writes one server frame, members in the order in which they are given. Text goes out in UTF-8 with only the
/// escapes that RFC 8259 §7 asks for, so that a Chinese message stays small; a lone surrogate goes out as <c>\udXXX</c>, as it came in.
/// </summary>
public sealed class Notice
{
    private readonly ArrayBufferWriter<byte> _json;

    /// <summary>Begins a frame.</summary>
    /// <param name="cmd">What hack.chat clients and ours switch on.</param>
    /// <param name="type">What the HChat app switches on; null when the frame is not for it.</param>
    /// <param name="capacity">About how long it will be, bytes: a page of history is not copied again and again while it grows.</param>
    public Notice(string cmd, string? type = null, int capacity = 256)
    {
        _json = new ArrayBufferWriter<byte>(capacity);
        Ascii("{");
        String("cmd", cmd);
        if (type is not null)
        {
            String("type", type);
        }
    }

    private Notice(ReadOnlySpan<byte> begun)
    {
        // Room for a place and a time.
        _json = new ArrayBufferWriter<byte>(begun.Length + 128);
        _json.Write(begun);
    }

    /// <summary>Another frame that begins as this one does so far.</summary>
    public Notice Copy() => new(_json.WrittenSpan);

    /// <summary>How long it is so far, bytes.</summary>
    public int Length => _json.WrittenCount;

    /// <summary>A string; left out when null.</summary>
    public Notice String(string name, string? value)
    {
        if (value is not null)
        {
            Name(name);
            Quote(value);
        }
        return this;
    }

    /// <summary>A whole number; left out when null.</summary>
    public Notice Number(string name, long? value)
    {
        if (value is { } number)
        {
            Name(name);
            Ascii(number.ToString(CultureInfo.InvariantCulture));
        }
        return this;
    }

    /// <summary>True or false; left out when null.</summary>
    public Notice Flag(string name, bool? value)
    {
        if (value is { } flag)
        {
            Name(name);
            Ascii(flag ? "true" : "false");
        }
        return this;
    }

    /// <summary>A string, or <c>false</c> when there is none: hack.chat's way of saying "global" or "no colour".</summary>
    public Notice StringOrFalse(string name, string? value) => value is null ? Flag(name, false) : String(name, value);

    /// <summary>JSON text that a peer sent and the reader has checked; left out when empty.</summary>
    public Notice Json(string name, ReadOnlySpan<byte> json)
    {
        if (!json.IsEmpty)
        {
            Name(name);
            _json.Write(json);
        }
        return this;
    }

    /// <summary>An array of frames that were encoded before.</summary>
    public Notice Frames(string name, IReadOnlyList<byte[]> frames)
    {
        Name(name);
        Ascii("[");
        for (var i = 0; i < frames.Count; i++)
        {
            Ascii(i == 0 ? "" : ",");
            _json.Write(frames[i]);
        }
        Ascii("]");
        return this;
    }

    /// <summary>An array of strings.</summary>
    public Notice Strings(string name, IEnumerable<string> values)
    {
        Name(name);
        Ascii("[");
        var first = true;
        foreach (var value in values)
        {
            if (!first)
            {
                Ascii(",");
            }
            first = false;
            Quote(value);
        }
        Ascii("]");
        return this;
    }

    /// <summary>An array of objects, each written by <paramref name="write"/>.</summary>
    public Notice Objects<T>(string name, IEnumerable<T> items, Action<Notice, T> write)
    {
        Name(name);
        Ascii("[");
        var first = true;
        foreach (var item in items)
        {
            Ascii(first ? "{" : ",{");
            first = false;
            write(this, item);
            Ascii("}");
        }
        Ascii("]");
        return this;
    }

    /// <summary>An object, written by <paramref name="write"/>.</summary>
    public Notice Object(string name, Action<Notice> write)
    {
        Name(name);
        Ascii("{");
        write(this);
        Ascii("}");
        return this;
    }

    /// <summary>Ends the frame with its <c>time</c> and gives its bytes, to be shared by all receivers.</summary>
    /// <param name="time">Server clock.</param>
    public byte[] Encode(DateTimeOffset time)
    {
        Number("time", time.ToUnixTimeMilliseconds());
        Ascii("}");
        return _json.WrittenSpan.ToArray();
    }

    private void Name(string name)
    {
        if (_json.WrittenSpan[^1] != '{')
        {
            Ascii(",");
        }
        Quote(name);
        Ascii(":");
    }

    private void Quote(string value)
    {
        Ascii("\"");
        var plain = 0;
        for (var i = 0; i < value.Length; i++)
        {
            var c = value[i];
            if (char.IsHighSurrogate(c) && i + 1 < value.Length && char.IsLowSurrogate(value[i + 1]))
            {
                i++;
                continue;
            }
            if (c >= ' ' && c != '"' && c != '\\' && !char.IsSurrogate(c))
            {
                continue;
            }
            Utf8(value.AsSpan(plain, i - plain));
            plain = i + 1;
            Ascii(
                c switch
                {
                    '"' => "\\\"",
                    '\\' => "\\\\",
                    '\n' => "\\n",
                    '\r' => "\\r",
                    '\t' => "\\t",
                    _ => "\\u" + ((int)c).ToString("x4", CultureInfo.InvariantCulture),
                }
            );
        }
        Utf8(value.AsSpan(plain));
        Ascii("\"");
    }

    private void Ascii(string text) => Utf8(text);

    private void Utf8(ReadOnlySpan<char> text)
    {
        if (!text.IsEmpty)
        {
            var written = Encoding.UTF8.GetBytes(text, _json.GetSpan(Encoding.UTF8.GetMaxByteCount(text.Length)));
            _json.Advance(written);
        }
    }
}
