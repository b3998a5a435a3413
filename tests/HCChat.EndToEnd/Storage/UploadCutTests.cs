using System.Net;
using System.Security.Cryptography;
using HCChat.EndToEnd.Durability;
using HCChat.EndToEnd.Harness;

namespace HCChat.EndToEnd.Storage;

/// <summary>Uploads that are cut anywhere go on where they were.</summary>
[Collection(Proof.Collection)]
public sealed class UploadCutTests
{
    private const int Part = 5 << 20;
    private const int Size = (2 * Part) + 2_345_678;

    [Fact]
    public async Task An_upload_that_is_cut_anywhere_is_completed_with_at_most_one_part_sent_twice()
    {
        var (points, chance) = (Proof.Of(10, 100), Proof.Chance());
        var (folder, port) = (ServerProcess.NewFolder(), FreePort.Next());
        var server = await ServerProcess.StartOnAsync(folder, port);
        var most = 0L;
        try
        {
            for (var point = 0; point < points; point++)
            {
                // Either the server dies or the connection does; now and then only when all has been sent.
                var (at, kills) = (chance.Below(Size + (Size / 8)), point % 2 == 0);
                var data = RandomNumberGenerator.GetBytes(Size);
                var sender = new Sender(
                    data,
                    at,
                    async () =>
                    {
                        if (kills)
                        {
                            await server.KillAsync();
                        }
                    }
                );
                string id;
                using (var ann = await ApiUser.EnterAsync(port, "den", "ann"))
                {
                    var given = await ann.PresignAsync(data, Part);
                    id = (string)given["attachmentId"]!;
                    await sender.SendUntilCutAsync(ann, id, given);
                }
                if (kills)
                {
                    await server.KillAsync();
                    await server.DisposeAsync();
                    server = await ServerProcess.StartOnAsync(folder, port);
                }
                using var again = await ApiUser.EnterAsync(port, "den", "ann");
                await sender.GoOnAsync(again, id);
                Assert.Equal(SHA256.HashData(data), SHA256.HashData(await again.GetAsync(id)));
                most = Math.Max(most, sender.Sent - Size);
                Assert.InRange(sender.Sent - Size, 0, Part);
                Assert.Equal(HttpStatusCode.NoContent, await again.StatusAsync(id, HttpMethod.Delete));
            }
            Proof.Report($"{points} cuts; at most {most} bytes were sent twice");
        }
        finally
        {
            await server.DisposeAsync();
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Somebody who sends, until something cuts them off.</summary>
    private sealed class Sender(byte[] data, long at, Func<Task> cut)
    {
        private bool _isCut;

        /// <summary>Bytes that went out, all told.</summary>
        public long Sent { get; private set; }

        /// <summary>Sends until the cut comes, at the latest when all is there and is being completed.</summary>
        public async Task SendUntilCutAsync(ApiUser ann, string id, System.Text.Json.Nodes.JsonObject given)
        {
            try
            {
                foreach (var part in given["parts"]!.AsArray())
                {
                    await PutAsync(ann, part!);
                }
                var completing = ann.CompleteAsync(id);
                _isCut = true;
                await cut();
                await completing;
            }
            catch (Exception e) when (_isCut && e is HttpRequestException or IOException) { }
        }

        /// <summary>Sends what is missing, and completes.</summary>
        public async Task GoOnAsync(ApiUser ann, string id)
        {
            if (await ann.StatusAsync(id) == HttpStatusCode.OK)
            {
                return; // it was complete before the cut
            }
            var left = await ann.PartsAsync(id);
            foreach (var part in left["parts"]!.AsArray())
            {
                await PutAsync(ann, part!);
            }
            await ann.CompleteAsync(id);
        }

        private async Task PutAsync(ApiUser ann, System.Text.Json.Nodes.JsonNode part)
        {
            var from = ((int)part["n"]! - 1) * Part;
            var content = new Counted(data.AsMemory(from, Math.Min(Part, data.Length - from)), PassAsync);
            Assert.Equal(HttpStatusCode.OK, await ann.PutAsync((string)part["putUrl"]!, content));
        }

        private async Task PassAsync(int bytes)
        {
            Sent += bytes;
            if (!_isCut && Sent > at)
            {
                _isCut = true;
                await cut();
                throw new IOException("cut");
            }
        }
    }

    /// <summary>Bytes that are counted as they go.</summary>
    private sealed class Counted(ReadOnlyMemory<byte> data, Func<int, Task> passAsync) : HttpContent
    {
        private const int Chunk = 64 * 1024;

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            for (var at = 0; at < data.Length; at += Chunk)
            {
                var next = data.Slice(at, Math.Min(Chunk, data.Length - at));
                await passAsync(next.Length);
                await stream.WriteAsync(next);
            }
        }

        protected override bool TryComputeLength(out long length)
        {
            length = data.Length;
            return true;
        }
    }
}
