using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace HCChat.Client;

/// <summary>The frames of spec/protocol.md: writing ours, reading the members of theirs without ever throwing.</summary>
internal static class Frames
{
    private static readonly JsonWriterOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>A command with string members; those that are null are left out.</summary>
    public static byte[] Command(string cmd, params ReadOnlySpan<(string Name, string? Value)> members) =>
        Command(cmd, null, null, members);

    /// <summary>The same with one number.</summary>
    public static byte[] Command(
        string cmd,
        string? numberName,
        long? number,
        params ReadOnlySpan<(string Name, string? Value)> members
    )
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(buffer, Compact))
        {
            json.WriteStartObject();
            json.WriteString("cmd", cmd);
            if (numberName is not null && number is not null)
            {
                json.WriteNumber(numberName, number.Value);
            }
            foreach (var (name, value) in members)
            {
                if (value is not null)
                {
                    json.WriteString(name, value);
                }
            }
            json.WriteEndObject();
        }
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>A string member, or null.</summary>
    public static string? Text(this JsonElement frame, string name) =>
        frame.TryGetProperty(name, out var value) ? Text(value) : null;

    /// <summary>The strings of a list member; empty when it is none.</summary>
    public static IEnumerable<string> Texts(this JsonElement frame, string name) =>
        frame.List(name).Select(Text).OfType<string>();

    /// <summary>An integer member, or null.</summary>
    public static long? Integer(this JsonElement frame, string name) =>
        frame.TryGetProperty(name, out var value)
        && value.ValueKind == JsonValueKind.Number
        && value.TryGetInt64(out var number)
            ? number
            : null;

    /// <summary>A list member; empty when it is none.</summary>
    public static IEnumerable<JsonElement> List(this JsonElement frame, string name) =>
        frame.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Array
            ? value.EnumerateArray()
            : [];

    /// <summary>The server's time in a frame, or <paramref name="otherwise"/>.</summary>
    public static DateTimeOffset Time(this JsonElement frame, DateTimeOffset otherwise) =>
        frame.Integer("time") is { } ms and >= 0 and <= 253_402_300_799_999
            ? DateTimeOffset.FromUnixTimeMilliseconds(ms)
            : otherwise;

    /// <summary>A user of <c>onlineSet</c>, <c>onlineAdd</c> or <c>updateUser</c>; null when it has no id.</summary>
    public static Member? Member(this JsonElement user, long? me) =>
        user.Integer("userid") is { } id
            ? new Member(
                id,
                user.Text("nick") ?? "",
                user.Text("trip") is { Length: > 0 } trip ? trip : null,
                id == me || (user.TryGetProperty("isme", out var isMe) && isMe.ValueKind == JsonValueKind.True)
            )
            : null;

    /// <summary>What a <c>warn</c> or <c>nack</c> says.</summary>
    public static Refusal Refusal(this JsonElement frame) =>
        new(
            frame.Text("code")
                ?? frame.Integer("id")?.ToString(System.Globalization.CultureInfo.InvariantCulture)
                ?? "refused",
            frame.Text("text") ?? "The server refused.",
            frame.Integer("retryAfterMs") is { } ms and >= 0 and < int.MaxValue ? TimeSpan.FromMilliseconds(ms) : null
        );

    private static string? Text(JsonElement value)
    {
        try
        {
            return value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        }
        catch (InvalidOperationException)
        {
            return null; // a lone surrogate
        }
    }
}
