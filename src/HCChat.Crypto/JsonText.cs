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
}
