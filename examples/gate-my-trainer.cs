// A gate for a trainer of your own: exit code 0 if it follows the theory, 2 if not. Run: dotnet run examples/gate-my-trainer.cs
#:package Qwem.Theory@0.1.0
#:property PublishAot=false
using Qwem.Theory;

// The target in its eigenbasis, and a start C = W(0) V*, d x V row by row.
double[] eigenvalues = [3.0, 2.0, 0.5, -1.0];
double[] start = [2e-3, -1e-3, 1e-3, 3e-3, 1e-3, 2e-3, -2e-3, 1e-3];
const int Dimension = 2;
const double LearningRate = 1e-4, Time = 2.5;

double[] trained = Train(start, (int)Math.Round(Time / LearningRate));
var exact = new ExactSolution(eigenvalues, Projection.OfRows(start, Dimension));
double[] expected = exact.At(Time).EmbeddingsInEigenbasis().Gram();
// Rotations of the embedding space are free, so Gram matrices are compared. Euler's steps err by at most h lambda_1^2 t / 2 of the plateau
// in a mode's logarithm, which the rise turns into at most as much of its height.
double bound = LearningRate * eigenvalues[0] * eigenvalues[0] * Time / 2 * eigenvalues[0];
double gap = Projection.OfRows(trained, Dimension).Gram().Zip(expected, (x, y) => Math.Abs(x - y)).Max();
Console.WriteLine($"largest error of the Gram matrix {gap:e2}, bound {bound:e2}: {(gap <= bound ? "PASS" : "FAIL")}");
return gap <= bound ? 0 : 2;

double Gram(double[] w, int i, int j) =>
    Enumerable.Range(0, Dimension).Sum(row => w[row * eigenvalues.Length + i] * w[row * eigenvalues.Length + j]);

// Your trainer goes here; this one is gradient descent, W += h W (M* - W'W).
double[] Train(double[] initial, int steps)
{
    double[] w = [.. initial];
    for (int step = 0; step < steps; step++)
        w = [.. w.Select((x, e) => x + LearningRate * (x * eigenvalues[e % 4]
            - Enumerable.Range(0, 4).Sum(k => w[e / 4 * 4 + k] * Gram(w, k, e % 4))))];
    return w;
}
