namespace Qwem.Validation.GeneralWeight

open Qwem.Reports
open Qwem.Sim.LinearAlgebra
open Qwem.Validation.Limits

/// The figure of experiment general-weight.
module Figure =

    /// Trained against predicted singular values.
    let draw v d (theory: Theory) (seen: float array) team =
        let values (model: float array) =
            let eigenvalues =
                SymmetricEigenSolver.Decompose(DenseMatrix(v, v, model), team).Eigenvalues

            Array.init d (fun k -> sqrt (max 0.0 eigenvalues[k]))

        let predicted = values (Prediction.scaled theory.Weights theory.Minimiser.Model)
        let measured = values seen
        let top = 1.05 * max predicted[0] measured[0]

        let axis label =
            {
                Label = label
                Scale = Linear
                Range = Some(0.0, top)
            }

        {
            Id = "general-weight"
            Title = "L_{sym} on subsampled text: what the rank-one approximation predicts"
            Caption =
                "Weighted singular values of the trained embeddings against those of the minimiser for the best rank-one weight. Dashed: equality. After Figure 2B of the paper."
            PaperFigures = [ "v1 2B" ]
            AlternativeText = "The circles follow the diagonal, most of them somewhat off it."
            Panels =
                [
                    {
                        Title = ""
                        X = axis "predicted singular value"
                        Y = axis "trained singular value"
                        Series =
                            [
                                {
                                    Legend = Some "equality"
                                    Colour = None
                                    Mark = Line(Dashed, 1.2)
                                    Points = [| 0.0, 0.0; top, top |]
                                }
                                {
                                    Legend = Some "modes"
                                    Colour = Some 0
                                    Mark = Circles 4.0
                                    Points = Array.zip predicted measured
                                }
                            ]
                        VerticalRules = []
                    }
                ]
            Columns = 0
            Frames = []
            ColourNames = []
            Slider = false
            Command = "qwem reproduce"
        }
