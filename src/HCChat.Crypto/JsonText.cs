using System.Globalization;
using System.Text;
using System.Text.Json;

namespace HCChat.Crypto;

/// <summary>JSON as both envelope and content have it: strict UTF-8, one object, no member twice.</summary>
internal static class JsonText
{
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 32 };

    /// <summary>Parses one object.</summary>
    /// <exception cref="E2eeException"><see cref="E2eeError.Format"/>.</exception>
    public static JsonDocument Parse(ReadOnlyMemory<byte> utf8)
    {
        JsonDocument? json = null;
        try
        {
            _ = Derivation.StrictUtf8.GetCharCount(utf8.Span);
            json = JsonDocument.Parse(utf8, Strict);
            if (json.RootElement.ValueKind == JsonValueKind.Object)
            {
                return json;
            }
        }
        catch (Exception e) when (e is JsonException or DecoderFallbackException or InvalidOperationException)
        {
            // The reader's own messages would quote what it read; the code alone leaves this library.
        }
        json?.Dispose();
        throw new E2eeException(E2eeError.Format);
    }

    /// <summary>A string member; null when it is absent or not Unicode text.</summary>
    /// <exception cref="E2eeException"><see cref="E2eeError.Format"/>: the member is there and is no string.</exception>
    public static string? String(JsonElement json, string name)
    {
        if (!json.TryGetProperty(name, out var value))
        {
            return null;
        }
        try
        {
            return value.ValueKind == JsonValueKind.String
                ? value.GetString()
                : throw new E2eeException(E2eeError.Format);
        }
        catch (InvalidOperationException)
        {
            throw new E2eeException(E2eeError.Format); // an escaped lone surrogate
        }
    }

    /// <summary>
    /// A string member, escaped no further than RFC 8259 §7 asks: the writer's own encoders turn an emoji of 4 bytes into 12, and content has a limit.
    /// </summary>
    /// <exception cref="E2eeException"><see cref="E2eeError.Format"/>: the text holds a lone surrogate.</exception>
    public static void Write(Utf8JsonWriter json, string name, string value)
    {
        var quoted = new StringBuilder(value.Length + 2).Append('"');
        foreach (var c in value)
        {
            _ = c switch
            {
                '"' or '\\' => quoted.Append('\\').Append(c),
                < ' ' => quoted.Append("\\u").Append(((int)c).ToString("x4", CultureInfo.InvariantCulture)),
                _ => quoted.Append(c),
            };
        }
        json.WritePropertyName(name);
        json.WriteRawValue(Derivation.Utf8(quoted.Append('"').ToString()), skipInputValidation: true);
    }
}
