using System.Buffers.Text;
using System.Text.Json;
using HCChat.Protocol;

namespace HCChat.Tests.Protocol;

/// <summary><c>spec/vectors/work-vectors.json</c>, which the web client runs too.</summary>
public sealed class ProofOfWorkTests
{
    private static readonly JsonElement s_vectors = JsonDocument
        .Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "spec", "vectors", "work-vectors.json")))
        .RootElement;

    [Fact]
    public void Work_is_good_or_not_as_the_vectors_say() =>
        Assert.All(
            s_vectors.GetProperty("cases").EnumerateArray(),
            c => Assert.Equal(c.GetProperty("good").GetBoolean(), ProofOfWork.IsGood(Challenge(c), Bits(c), Counter(c)))
        );

    [Fact]
    public void The_least_counter_is_found() =>
        Assert.All(
            s_vectors.GetProperty("cases").EnumerateArray().Where(c => c.GetProperty("least").GetBoolean()),
            c =>
                Assert.Equal(Counter(c), ProofOfWork.Find(Challenge(c), Bits(c), TestContext.Current.CancellationToken))
        );

    [Fact]
    public void What_may_not_be_asked_for_is_not_looked_for()
    {
        Assert.Null(ProofOfWork.Find(new byte[15], 1, default));
        Assert.Null(ProofOfWork.Find(new byte[16], ProofOfWork.MaxBits + 1, default));
        Assert.Null(ProofOfWork.Find(new byte[16], -1, default));
        Assert.Null(ProofOfWork.Find(new byte[16], ProofOfWork.MaxBits, new CancellationToken(canceled: true)));
        Assert.False(ProofOfWork.IsGood(new byte[16], 0, -1));
        Assert.False(ProofOfWork.IsGood(new byte[15], 0, 0));
    }

    private static byte[] Challenge(JsonElement c) => Base64Url.DecodeFromChars(c.GetProperty("challenge").GetString());

    private static int Bits(JsonElement c) => c.GetProperty("bits").GetInt32();

    private static long Counter(JsonElement c) => c.GetProperty("counter").GetInt64();
}
