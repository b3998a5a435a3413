using System.Buffers;
using System.Security.Cryptography;
using System.Text.Json;

namespace HCChat.Crypto;

/// <summary>Content as JSON (spec/crypto.md §4). Members that are not known are ignored.</summary>
public static class ContentJson
{
    /// <summary>The largest integer, which every JSON reader holds exactly.</summary>
    internal const long MaxInteger = (1L << 53) - 1;

    private const long MaxTime = 253_402_300_799_999; // ms, the end of the year 9999
    private const int MaxName = 120; // UTF-16 units
    private const int IdBytes = 16;

    /// <summary>A new message id.</summary>
    public static string NewId() => Base64Text.EncodeUrl(RandomNumberGenerator.GetBytes(16));

    /// <summary>A new id of a running client.</summary>
    public static string NewSid() => Base64Text.EncodeUrl(RandomNumberGenerator.GetBytes(8));

    /// <summary>Can this be the id of a message in an encrypted room?</summary>
    public static bool IsId(string id) => Base64Text.DecodeUrl(id)?.Length == IdBytes;

    /// <summary>UTF-8 JSON of <paramref name="content"/>.</summary>
    /// <exception cref="E2eeException"><see cref="E2eeError.Format"/>: a text holds a lone surrogate, or what is named as a message's id is none.</exception>
    /// <exception cref="NotSupportedException">An <see cref="UnknownBody"/> cannot be written.</exception>
    public static byte[] Write(Content content)
    {
        ArgumentNullException.ThrowIfNull(content);
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("t", TypeOf(content.Body));
            JsonText.Write(json, "id", content.Id);
            json.WriteNumber("ts", content.SentAt.ToUnixTimeMilliseconds());
            JsonText.Write(json, "nick", content.Nick);
            JsonText.Write(json, "sid", content.Sid);
            json.WriteNumber("n", content.Number);
            WriteOptional(json, "room", content.Room);
            WriteId(json, "re", content.ReplyTo);
            WriteBody(json, content.Body);
            json.WriteEndObject();
        }
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Reads and checks content.</summary>
    /// <exception cref="E2eeException"><see cref="E2eeError.Format"/>: no JSON object, or a known member is missing or wrong.</exception>
    public static Content Parse(ReadOnlyMemory<byte> utf8)
    {
        using var json = JsonText.Parse(utf8);
        var o = json.RootElement;
        var type = Required(o, "t", MaxName);
        return new Content(
            IdOf(o, "id", 16),
            DateTimeOffset.FromUnixTimeMilliseconds(Integer(o, "ts", MaxTime)),
            Required(o, "nick", MaxName),
            IdOf(o, "sid", 8),
            Integer(o, "n", MaxInteger),
            ReadBody(o, type)
        )
        {
            Room = JsonText.String(o, "room"),
            ReplyTo = OptionalId(o, "re"),
        };
    }

    private static ContentBody ReadBody(JsonElement o, string type) =>
        type switch
        {
            "text" => new TextBody(
                Required(o, "body"),
                Flag(o, "emote"),
                RoomTitle.Clean(Optional(o, "title", RoomTitle.MaxLength)),
                Optional(o, "to", MaxName)
            )
            {
                Ttl = OptionalTtl(o),
            },
            "file" => new FileBody(Required(o, "body"), FileJson.Read(o)) { Ttl = OptionalTtl(o) },
            "edit" => new EditBody(IdOf(o, "target", 16), Required(o, "body")),
            "delete" => new DeleteBody(IdOf(o, "target", 16)),
            "react" => new ReactBody(IdOf(o, "target", 16), Required(o, "key", MaxName), Flag(o, "off")),
            "receipt" => ReadReceipt(o),
            "timer" => new TimerBody(Integer(o, "ttl", MaxInteger)),
            "rtc.start" => new CallStartBody(IdOf(o, "callId", 16), Required(o, "mode", MaxName), Flag(o, "video")),
            "rtc.rekey" => new CallRekeyBody(IdOf(o, "callId", 16), Integer(o, "epoch", uint.MaxValue)),
            _ => new UnknownBody(type),
        };

    private static ReceiptBody ReadReceipt(JsonElement o)
    {
        var receipt = new ReceiptBody(OptionalId(o, "upto"), OptionalId(o, "got"));
        return receipt is { UpTo: null, Got: null } ? throw Malformed() : receipt;
    }

    private static void WriteBody(Utf8JsonWriter json, ContentBody body)
    {
        switch (body)
        {
            case TextBody text:
                JsonText.Write(json, "body", text.Text);
                if (text.Emote)
                {
                    json.WriteBoolean("emote", true);
                }
                WriteOptional(json, "title", text.Title);
                WriteOptional(json, "to", text.To);
                WriteTtl(json, text.Ttl);
                break;
            case FileBody file:
                JsonText.Write(json, "body", file.Caption);
                FileJson.Write(json, file.Files);
                WriteTtl(json, file.Ttl);
                break;
            case EditBody edit:
                WriteId(json, "target", edit.Target);
                JsonText.Write(json, "body", edit.Text);
                break;
            case DeleteBody delete:
                WriteId(json, "target", delete.Target);
                break;
            case ReactBody react:
                WriteId(json, "target", react.Target);
                JsonText.Write(json, "key", react.Key);
                if (react.Off)
                {
                    json.WriteBoolean("off", true);
                }
                break;
            case ReceiptBody receipt:
                WriteId(json, "upto", receipt.UpTo);
                WriteId(json, "got", receipt.Got);
                break;
            case TimerBody timer:
                json.WriteNumber("ttl", timer.Ttl);
                break;
            case CallStartBody start:
                WriteId(json, "callId", start.CallId);
                JsonText.Write(json, "mode", start.Mode);
                if (start.Video)
                {
                    json.WriteBoolean("video", true);
                }
                break;
            case CallRekeyBody rekey:
                WriteId(json, "callId", rekey.CallId);
                json.WriteNumber("epoch", rekey.Epoch);
                break;
        }
    }

    private static string TypeOf(ContentBody body) =>
        body switch
        {
            TextBody => "text",
            FileBody => "file",
            EditBody => "edit",
            DeleteBody => "delete",
            ReactBody => "react",
            ReceiptBody => "receipt",
            TimerBody => "timer",
            CallStartBody => "rtc.start",
            CallRekeyBody => "rtc.rekey",
            _ => throw new NotSupportedException("Content of an unknown kind can be read, not written."),
        };

    private static void WriteOptional(Utf8JsonWriter json, string name, string? value)
    {
        if (value is not null)
        {
            JsonText.Write(json, name, value);
        }
    }

    private static void WriteTtl(Utf8JsonWriter json, long? ttl)
    {
        if (ttl is { } seconds)
        {
            json.WriteNumber("ttl", seconds);
        }
    }

    private static void WriteId(Utf8JsonWriter json, string name, string? id)
    {
        if (id is not null && !IsId(id))
        {
            throw Malformed(); // nobody could read it
        }
        WriteOptional(json, name, id);
    }

    private static string Required(JsonElement o, string name) => JsonText.String(o, name) ?? throw Malformed();

    private static string Required(JsonElement o, string name, int max) => Optional(o, name, max) ?? throw Malformed();

    private static string? Optional(JsonElement o, string name, int max) =>
        JsonText.String(o, name) is { } value
            ? (value.Length is > 0 && value.Length <= max ? value : throw Malformed())
            : null;

    private static string IdOf(JsonElement o, string name, int bytes) =>
        Required(o, name) is var id && Base64Text.DecodeUrl(id)?.Length == bytes ? id : throw Malformed();

    private static string? OptionalId(JsonElement o, string name) =>
        o.TryGetProperty(name, out _) ? IdOf(o, name, 16) : null;

    private static long? OptionalTtl(JsonElement o) =>
        o.TryGetProperty("ttl", out _) ? Integer(o, "ttl", MaxInteger) : null;

    internal static long Integer(JsonElement o, string name, long max) =>
        o.TryGetProperty(name, out var value)
        && value.ValueKind == JsonValueKind.Number
        && value.TryGetInt64(out var integer)
        && integer >= 0
        && integer <= max
            ? integer
            : throw Malformed();

    internal static bool Flag(JsonElement o, string name) =>
        o.TryGetProperty(name, out var value)
        && value.ValueKind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            _ => throw Malformed(),
        };

    private static E2eeException Malformed() => new(E2eeError.Format);
}
